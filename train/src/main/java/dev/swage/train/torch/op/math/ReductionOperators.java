package dev.swage.train.torch.op.math;

import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** What is left of elements along axes. */
final class ReductionOperators {
  private ReductionOperators() {}

  private interface Reduction {
    Tensor apply(Tensor x, long[] axes, boolean keep);
  }

  static void addTo(Map<String, Operator.Factory> table) {
    add(table, "ReduceSum", ReductionOperators::sum);
    add(table, "ReduceMean", ReductionOperators::mean);
    add(table, "ReduceL1", (x, axes, keep) -> sum(x.abs(), axes, keep));
    add(table, "ReduceL2", ReductionOperators::norm);
    add(table, "ReduceSumSquare", (x, axes, keep) -> sum(x.mul(x), axes, keep));
    add(table, "ReduceLogSum", (x, axes, keep) -> torch.log(sum(x, axes, keep)));
    add(table, "ReduceLogSumExp", ReductionOperators::logSumExp);
    add(table, "ReduceProd", ReductionOperators::product);
    add(table, "ReduceMax", Extremes::max);
    add(table, "ReduceMin", Extremes::min);
  }

  private static void add(Map<String, Operator.Factory> table, String name, Reduction reduction) {
    table.put(name, node -> reduce(node, reduction));
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
        return reduction.apply(x.unsqueeze(0), new long[] {0}, false); // of each element alone
      }
      return reduction.apply(x, axes.length == 0 ? all(x) : axes, keep);
    };
  }

  private static long[] all(Tensor x) {
    long[] axes = new long[Math.toIntExact(x.dim())];
    Arrays.setAll(axes, axis -> axis);
    return axes;
  }

  private static Tensor sum(Tensor x, long[] axes, boolean keep) {
    return torch.sum(x, axes, keep, new ScalarTypeOptional(x.scalar_type()));
  }

  /** Of integers, rounded towards zero. */
  private static Tensor mean(Tensor x, long[] axes, boolean keep) {
    if (x.is_floating_point()) {
      return torch.mean(x, axes, keep, new ScalarTypeOptional());
    }
    Tensor exact = x.to(torch.ScalarType.Double);
    return torch.mean(exact, axes, keep, new ScalarTypeOptional()).to(x.scalar_type());
  }

  private static Tensor logSumExp(Tensor x, long[] axes, boolean keep) {
    return x.is_floating_point()
        ? torch.logsumexp(x, axes, keep)
        : torch.logsumexp(x.to(torch.ScalarType.Double), axes, keep).to(x.scalar_type());
  }

  /** 16-bit floats in float32, whose squares do not overflow. */
  private static Tensor norm(Tensor x, long[] axes, boolean keep) {
    return Widely.compute(x, wide -> Roots.sqrt(sum(wide.mul(wide), axes, keep)));
  }

  /** One axis after the other, the last first, so that the numbers of the others hold. */
  private static Tensor product(Tensor x, long[] axes, boolean keep) {
    ScalarTypeOptional type = new ScalarTypeOptional(x.scalar_type());
    if (axes.length == x.dim() && !keep) {
      return torch.prod(x, type);
    }
    Tensor product = x;
    long[] descending = Arrays.stream(axes).map(axis -> axis < 0 ? axis + x.dim() : axis).toArray();
    Arrays.sort(descending);
    for (int i = descending.length - 1; i >= 0; i--) {
      product = torch.prod(product, descending[i], keep, type);
    }
    return product;
  }
}
