package dev.swage.train.torch.op;

import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Sums and means over axes. */
final class ReductionOperators {
  private ReductionOperators() {}

  private interface Reduction {
    Tensor apply(Tensor x, long[] axes, boolean keep);
  }

  static void addTo(Map<String, Operator.Factory> table) {
    table.put(
        "ReduceMean",
        node ->
            reduce(node, (x, axes, keep) -> torch.mean(x, axes, keep, new ScalarTypeOptional())));
    table.put(
        "ReduceSum",
        node ->
            reduce(
                node,
                (x, axes, keep) ->
                    torch.sum(x, axes, keep, new ScalarTypeOptional(x.scalar_type()))));
  }

  /** Axes come as an input or, in older operator sets, as an attribute; none means all. */
  private static Operator reduce(NodeContext node, Reduction reduction) {
    boolean keep = node.intAttribute("keepdims", 1) != 0;
    boolean noneMeansNone = node.intAttribute("noop_with_empty_axes", 0) != 0;
    long[] attribute = node.node().intsAttribute("axes");
    return call -> {
      Tensor x = call.in(0);
      long[] axes = call.has(1) ? call.longs(1) : attribute;
      if (axes.length == 0 && noneMeansNone) {
        return x;
      }
      return reduction.apply(x, axes.length == 0 ? all(x) : axes, keep);
    };
  }

  private static long[] all(Tensor x) {
    long[] axes = new long[Math.toIntExact(x.dim())];
    java.util.Arrays.setAll(axes, axis -> axis);
    return axes;
  }
}
