package dev.swage.train.torch.op.move;

import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Operators that write elements at indices, or combine them with what is there. */
final class ScatterOperators {
  private ScatterOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("Scatter", ScatterOperators::scatterElements);
    table.put("ScatterElements", ScatterOperators::scatterElements);
    table.put("ScatterND", ScatterOperators::scatterNd);
    table.put("TensorScatter", ScatterOperators::tensorScatter);
  }

  private static Operator scatterElements(NodeContext node) {
    long attribute = node.intAttribute("axis", 0);
    String reduction = node.stringAttribute("reduction", "none");
    return call -> {
      Tensor x = call.in(0);
      int axis = Axes.counted(attribute, x.dim());
      Tensor indices = Axes.indices(call.in(1), x.size(axis));
      return scatter(x, axis, indices, call.in(2), reduction);
    };
  }

  private static Tensor scatter(
      Tensor x, int axis, Tensor indices, Tensor updates, String reduction) {
    return switch (reduction) {
      case "none" -> torch.scatter(x, axis, indices, updates);
      case "add" -> torch.scatter_add(x, axis, indices, updates);
      case "mul" -> torch.scatter_reduce(x, axis, indices, updates, "prod", true);
      case "max" -> torch.scatter_reduce(x, axis, indices, updates, "amax", true);
      case "min" -> torch.scatter_reduce(x, axis, indices, updates, "amin", true);
      default -> throw new IllegalArgumentException("unknown reduction " + reduction);
    };
  }

  private static Operator scatterNd(NodeContext node) {
    String reduction = node.stringAttribute("reduction", "none");
    return call -> {
      Tensor x = call.in(0);
      Tensor indices = call.in(1);
      long[] dims = TensorBridge.dims(x);
      int depth = Math.toIntExact(indices.size(-1));
      long rows = GatherOperators.product(dims, 0, depth);
      long width = GatherOperators.product(dims, depth, dims.length);
      Tensor at = GatherOperators.flatIndex(indices, dims, 0).reshape(-1, 1);
      Tensor wide = at.expand(at.size(0), width);
      Tensor updates = call.in(2).reshape(at.size(0), width);
      return scatter(x.reshape(rows, width), 0, wide, updates, reduction).reshape(dims);
    };
  }

  /** Writes one part per batch into a cache, from an index of its own on. */
  private static Operator tensorScatter(NodeContext node) {
    long attribute = node.intAttribute("axis", -2);
    boolean circular = node.stringAttribute("mode", "linear").equals("circular");
    return call -> {
      Tensor cache = call.in(0);
      Tensor update = call.in(1);
      int axis = Axes.counted(attribute, cache.dim());
      long batches = cache.size(0);
      Tensor steps = torch.arange(new Scalar(update.size(axis))).to(ScalarType.Long).unsqueeze(0);
      Tensor at = steps.expand(batches, update.size(axis));
      if (call.has(2)) {
        at = at.add(call.in(2).to(ScalarType.Long).reshape(batches, 1));
      }
      if (circular) {
        at = at.remainder(new Scalar(cache.size(axis)));
      }
      long[] shape = new long[Math.toIntExact(cache.dim())];
      Arrays.fill(shape, 1);
      shape[0] = batches;
      shape[axis] = update.size(axis);
      Tensor wide = at.reshape(shape).expand(TensorBridge.dims(update));
      return torch.scatter(cache, axis, wide, update);
    };
  }
}
