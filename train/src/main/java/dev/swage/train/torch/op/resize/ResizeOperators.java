package dev.swage.train.torch.op.resize;

import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Resizing of any axes: one after the other, or all at once where libtorch has a kernel for it. */
public final class ResizeOperators {
  private ResizeOperators() {}

  public static void addTo(Map<String, Operator.Factory> table) {
    table.put("Resize", ResizeOperators::resize);
    table.put("Upsample", ResizeOperators::resize);
  }

  private static Operator resize(NodeContext node) {
    Target target = new Target(node);
    Resampler resampler = Resampler.of(node);
    return call -> {
      List<AxisResize> axes = target.of(call);
      Tensor x = call.in(0);
      return NativeResize.apply(resampler, x, axes).orElseGet(() -> resampler.apply(x, axes));
    };
  }
}
