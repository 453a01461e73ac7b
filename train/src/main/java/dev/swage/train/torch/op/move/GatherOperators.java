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

/** Operators that read elements by their indices. */
final class GatherOperators {
  private GatherOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("Gather", GatherOperators::gather);
    table.put("GatherElements", GatherOperators::gatherElements);
    table.put("GatherND", GatherOperators::gatherNd);
  }

  private static Operator gather(NodeContext node) {
    long attribute = node.intAttribute("axis", 0);
    return call -> {
      Tensor x = call.in(0);
      long[] dims = TensorBridge.dims(x);
      int axis = Axes.counted(attribute, dims.length);
      long[] picked = call.dims(1);
      Tensor indices = Axes.indices(call.in(1), dims[axis]).reshape(-1);
      long[] out = new long[dims.length - 1 + picked.length];
      System.arraycopy(dims, 0, out, 0, axis);
      System.arraycopy(picked, 0, out, axis, picked.length);
      System.arraycopy(dims, axis + 1, out, axis + picked.length, dims.length - axis - 1);
      return torch.index_select(x, axis, indices).reshape(out);
    };
  }

  private static Operator gatherElements(NodeContext node) {
    long attribute = node.intAttribute("axis", 0);
    return call -> {
      Tensor x = call.in(0);
      int axis = Axes.counted(attribute, x.dim());
      return torch.gather(x, axis, Axes.indices(call.in(1), x.size(axis)));
    };
  }

  private static Operator gatherNd(NodeContext node) {
    int shared = Math.toIntExact(node.intAttribute("batch_dims", 0));
    return call -> {
      Tensor x = call.in(0);
      Tensor indices = call.in(1);
      long[] dims = TensorBridge.dims(x);
      long[] by = TensorBridge.dims(indices);
      int depth = shared + Math.toIntExact(by[by.length - 1]);
      long batches = product(dims, 0, shared);
      Tensor rows = flatIndex(indices.reshape(batches, -1, depth - shared), dims, shared);
      long each = product(dims, shared, depth);
      Tensor offset = torch.arange(new Scalar(batches)).to(ScalarType.Long).mul(new Scalar(each));
      Tensor flat = rows.add(offset.unsqueeze(1)).reshape(-1);
      long[] rest = Arrays.copyOfRange(dims, depth, dims.length);
      Tensor table = x.reshape(batches * each, product(rest, 0, rest.length));
      long[] out = Arrays.copyOf(by, by.length - 1 + rest.length);
      System.arraycopy(rest, 0, out, by.length - 1, rest.length);
      return torch.index_select(table, 0, flat).reshape(out);
    };
  }

  /**
   * Indices {@code […, depth]} along the axes from {@code first} on, as one index over these axes
   * taken together.
   */
  static Tensor flatIndex(Tensor indices, long[] dims, int first) {
    long depth = indices.size(-1);
    Tensor flat = Axes.indices(indices.select(-1, 0), dims[first]);
    for (int i = 1; i < depth; i++) {
      long size = dims[first + i];
      flat = flat.mul(new Scalar(size)).add(Axes.indices(indices.select(-1, i), size));
    }
    return flat;
  }

  static long product(long[] dims, int from, int to) {
    return Arrays.stream(dims, from, to).reduce(1, (a, b) -> a * b);
  }
}
