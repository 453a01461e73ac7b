package dev.swage.train.torch.op.math;

import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
import java.util.Map;
import java.util.function.BinaryOperator;
import org.bytedeco.pytorch.Tensor;

/** How two operands meet: as in NumPy since operator set 7, before at an axis of the first one. */
final class Broadcast {
  private Broadcast() {}

  static void binary(
      Map<String, Operator.Factory> table, String name, BinaryOperator<Tensor> function) {
    table.put(name, node -> compile(node, function));
  }

  static Operator compile(NodeContext node, BinaryOperator<Tensor> function) {
    if (node.opset() >= 7 || !node.hasAttribute("axis")) {
      return call -> function.apply(call.in(0), call.in(1));
    }
    long axis = node.intAttribute("axis", 0);
    return call -> function.apply(call.in(0), at(call.in(1), axis, call.dims(0).length));
  }

  /** The axes of {@code y} from {@code axis} on of a tensor of this rank. */
  private static Tensor at(Tensor y, long axis, int rank) {
    long[] dims = TensorBridge.dims(y);
    int first = Math.toIntExact(axis < 0 ? axis + rank : axis);
    if (dims.length == 0 || first + dims.length >= rank) {
      return y;
    }
    long[] aligned = Arrays.copyOf(dims, rank - first);
    Arrays.fill(aligned, dims.length, aligned.length, 1);
    return y.reshape(aligned);
  }
}
