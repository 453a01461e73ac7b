package dev.swage.train.torch.op.math;

import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Sums and products of all elements up to each. */
final class CumulativeOperators {
  private CumulativeOperators() {}

  private interface Accumulation {
    Tensor apply(Tensor x, long axis, ScalarTypeOptional type);
  }

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("CumSum", node -> cumulative(node, torch::cumsum, 0));
    table.put("CumProd", node -> cumulative(node, torch::cumprod, 1));
  }

  /**
   * @param neutral what an exclusive accumulation begins with
   */
  private static Operator cumulative(NodeContext node, Accumulation accumulation, long neutral) {
    boolean exclusive = node.intAttribute("exclusive", 0) != 0;
    boolean reverse = node.intAttribute("reverse", 0) != 0;
    return call -> {
      long axis = call.longs(1)[0];
      Tensor x = reverse ? call.in(0).flip(axis) : call.in(0);
      Tensor from = exclusive ? delayed(x, axis, neutral) : x;
      Tensor y = accumulation.apply(from, axis, new ScalarTypeOptional(x.scalar_type()));
      return reverse ? y.flip(axis) : y;
    };
  }

  /** Each element in the place after its own, the neutral one in the first. */
  private static Tensor delayed(Tensor x, long axis, long neutral) {
    long size = x.size(axis);
    if (size == 0) {
      return x;
    }
    Tensor first = torch.full_like(x.narrow(axis, 0, 1).detach(), new Scalar(neutral));
    return torch.cat(new TensorVector(first, x.narrow(axis, 0, size - 1)), axis);
  }
}
