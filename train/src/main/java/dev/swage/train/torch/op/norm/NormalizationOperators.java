package dev.swage.train.torch.op.norm;

import dev.swage.onnx.OnnxException;
import dev.swage.tensor.DType;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Layers that differ in training: batch normalization and dropout. */
final class NormalizationOperators {
  private NormalizationOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("BatchNormalization", BatchNormalization::compile);
    table.put("Dropout", NormalizationOperators::dropout);
  }

  /** Drops in training only; the ratio is an attribute before operator set 12, then an input. */
  private static Operator dropout(NodeContext node) {
    float attribute = node.floatAttribute("ratio", 0.5f);
    Optional<Float> constant =
        node.constant(1)
            .filter(value -> value.dtype() == DType.FLOAT32)
            .map(value -> value.getFloat(0));
    return call -> {
      Tensor x = call.in(0);
      if (!call.training()) {
        if (call.wants(1)) {
          call.put(1, torch.ones_like(x.detach()).to(torch.ScalarType.Bool));
        }
        return x;
      }
      float given = call.has(1) && constant.isEmpty() ? call.in(1).item().toFloat() : attribute;
      return dropped(node, call, constant.orElse(given));
    };
  }

  private static Tensor dropped(NodeContext node, Call call, float ratio) {
    if (!(ratio >= 0 && ratio < 1)) {
      throw new OnnxException(
          "%s: ratio must be in [0, 1), got %s".formatted(node.node().describe(), ratio));
    }
    Tensor x = call.in(0);
    Tensor mask = call.dropout().mask(x, ratio);
    if (call.wants(1)) {
      call.put(1, mask.gt(new Scalar(0f)));
    }
    return x.mul(mask.to(x.scalar_type()));
  }
}
