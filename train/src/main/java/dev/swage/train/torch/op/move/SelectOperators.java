package dev.swage.train.torch.op.move;

import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Operators that keep or reorder elements by what other values say. */
final class SelectOperators {
  private SelectOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("Trilu", SelectOperators::trilu);
    table.put("NonZero", node -> call -> torch.nonzero(call.in(0)).t());
    table.put("Compress", SelectOperators::compress);
    table.put("ReverseSequence", SelectOperators::reverseSequence);
  }

  private static Operator trilu(NodeContext node) {
    boolean upper = node.intAttribute("upper", 1) != 0;
    return call -> {
      long diagonal = call.has(1) ? call.longs(1)[0] : 0;
      return upper ? torch.triu(call.in(0), diagonal) : torch.tril(call.in(0), diagonal);
    };
  }

  private static Operator compress(NodeContext node) {
    long attribute = node.intAttribute("axis", 0);
    boolean flat = !node.hasAttribute("axis");
    return call -> {
      Tensor x = flat ? call.in(0).reshape(-1) : call.in(0);
      Tensor kept = torch.nonzero(call.in(1)).reshape(-1);
      return torch.index_select(x, Axes.counted(attribute, x.dim()), kept);
    };
  }

  /** Turns the first steps of each sequence around, as many as it has. */
  private static Operator reverseSequence(NodeContext node) {
    int batchAxis = Math.toIntExact(node.intAttribute("batch_axis", 1));
    int timeAxis = Math.toIntExact(node.intAttribute("time_axis", 0));
    return call -> {
      Tensor x = call.in(0);
      long[] lengths = call.longs(1);
      int steps = Math.toIntExact(x.size(timeAxis));
      long[] from = new long[steps * lengths.length];
      for (int t = 0; t < steps; t++) {
        for (int b = 0; b < lengths.length; b++) {
          int at = timeAxis < batchAxis ? t * lengths.length + b : b * steps + t;
          from[at] = t < lengths[b] ? lengths[b] - 1 - t : t;
        }
      }
      long[] shape = new long[Math.toIntExact(x.dim())];
      Arrays.fill(shape, 1);
      shape[timeAxis] = steps;
      shape[batchAxis] = lengths.length;
      Tensor index =
          TensorBridge.ofLongs(from)
              .to(ScalarType.Long)
              .reshape(shape)
              .expand(TensorBridge.dims(x));
      return torch.gather(x, timeAxis, index);
    };
  }
}
