package dev.swage.train.torch.op.window;

import dev.swage.train.torch.op.math.Roots;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Pooling over all spatial axes as one window, and norms of windows. */
final class GlobalPooling {
  private GlobalPooling() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put(
        "GlobalAveragePool",
        node ->
            call -> torch.mean(call.in(0), spatial(call.in(0)), true, new ScalarTypeOptional()));
    table.put("GlobalMaxPool", node -> call -> torch.amax(call.in(0), spatial(call.in(0)), true));
    table.put(
        "GlobalLpPool",
        node -> {
          double p = exponent(node);
          return call -> {
            Tensor powers = powers(call.in(0), p);
            Tensor sums = torch.sum(powers, spatial(powers), true, new ScalarTypeOptional());
            return Roots.of(sums, p);
          };
        });
    table.put("LpPool", GlobalPooling::normOfWindows);
  }

  private static long[] spatial(Tensor x) {
    long[] spatial = new long[Math.toIntExact(x.dim()) - 2];
    Arrays.setAll(spatial, axis -> axis + 2);
    return spatial;
  }

  private static Operator normOfWindows(NodeContext node) {
    Pool pool = Pool.of(node);
    double p = exponent(node);
    return call -> {
      Tensor powers = pool.padded(powers(call.in(0), p), call.dims(0), new Scalar(0f));
      return Roots.of(pool.means(powers).mul(new Scalar(pool.elements())), p);
    };
  }

  private static double exponent(NodeContext node) {
    return node.opset() < 2 ? node.floatAttribute("p", 2) : node.intAttribute("p", 2);
  }

  private static Tensor powers(Tensor x, double p) {
    if (p == 1) {
      return x.abs();
    }
    return p == 2 ? x.mul(x) : torch.pow(x.abs(), new Scalar(p));
  }
}
