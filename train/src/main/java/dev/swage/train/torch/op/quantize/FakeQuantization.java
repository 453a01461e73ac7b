package dev.swage.train.torch.op.quantize;

import dev.swage.train.quantize.FakeQuantize;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;

/** The quantizers of a model that is trained through its codes. */
final class FakeQuantization {
  private FakeQuantization() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put(FakeQuantize.DOMAIN + ":" + FakeQuantize.OP_TYPE, FakeQuantization::compile);
  }

  private static Operator compile(NodeContext node) {
    FakeQuantize quantizer = FakeQuantize.of(node.node());
    return quantizer.weight()
        ? new WeightQuantizer(quantizer, node.node().input(0))::apply
        : new ActivationQuantizer(quantizer, node.node().input(0))::apply;
  }
}
