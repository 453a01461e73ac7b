package dev.swage.train.torch.op.move;

import dev.swage.tensor.DType;
import dev.swage.train.torch.lib.Casting;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** Operators that change the element type. */
final class CastOperators {
  private CastOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put(
        "Cast",
        node -> cast(node, Optional.of(FillOperators.dtype(node, node.intAttribute("to", 0)))));
    table.put("CastLike", node -> cast(node, node.type(1)));
    table.put("BitCast", CastOperators::bitCast);
  }

  /**
   * @param known the target; where it is empty, the second input's type as libtorch has it
   */
  private static Operator cast(NodeContext node, Optional<DType> known) {
    boolean saturate = node.intAttribute("saturate", 1) != 0;
    Optional<DType> from = node.type(0);
    return call -> {
      DType to = known.orElseGet(() -> TensorBridge.dtype(call.in(1)));
      return Casting.cast(call.in(0), from, to, saturate);
    };
  }

  /** The same bits; types that libtorch holds in others have to be read as what they are. */
  private static Operator bitCast(NodeContext node) {
    DType to = FillOperators.dtype(node, node.intAttribute("to", 0));
    Optional<DType> from = node.type(0);
    return call -> {
      Tensor x = call.in(0);
      dev.swage.tensor.Tensor host =
          from.map(type -> TensorBridge.download(x, type))
              .orElseGet(() -> TensorBridge.download(x));
      return TensorBridge.upload(dev.swage.tensor.Tensor.of(to, host.shape(), host.data()));
    };
  }
}
