package dev.swage.train.torch.op.move;

import dev.swage.onnx.OnnxException;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Operators that join tensors or repeat one. */
final class JoinOperators {
  private JoinOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("Concat", JoinOperators::concat);
    table.put("Tile", node -> call -> call.in(0).repeat(call.longs(1)));
    table.put("Expand", node -> call -> call.in(0).expand(broadcast(call.dims(0), call.longs(1))));
  }

  private static Operator concat(NodeContext node) {
    long axis = node.intAttribute("axis", 1);
    return call -> {
      Tensor[] parts = new Tensor[call.inputs()];
      Arrays.setAll(parts, call::in);
      return torch.cat(new TensorVector(parts), axis);
    };
  }

  /** The shape both have when they are broadcast against each other. */
  static long[] broadcast(long[] x, long[] y) {
    long[] dims = new long[Math.max(x.length, y.length)];
    for (int i = 1; i <= dims.length; i++) {
      long first = i <= x.length ? x[x.length - i] : 1;
      long second = i <= y.length ? y[y.length - i] : 1;
      if (first != second && first != 1 && second != 1) {
        throw new OnnxException(
            "shapes %s and %s do not go together: sizes %d and %d"
                .formatted(Arrays.toString(x), Arrays.toString(y), first, second));
      }
      dims[dims.length - i] = first == 1 ? second : first;
    }
    return dims;
  }
}
