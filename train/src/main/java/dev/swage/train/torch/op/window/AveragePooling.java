package dev.swage.train.torch.op.window;

import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * The mean of each window: of the elements in it, with padding where that is asked for; never of
 * what ceil mode adds beyond the padding.
 */
final class AveragePooling {
  private final Pool pool;
  private final boolean countPadding;

  private AveragePooling(NodeContext node) {
    this.pool = Pool.of(node);
    this.countPadding = node.intAttribute("count_include_pad", 0) != 0;
  }

  static Operator compile(NodeContext node) {
    AveragePooling pooling = new AveragePooling(node);
    return pooling::apply;
  }

  private Tensor apply(Call call) {
    Tensor x = call.in(0);
    long[] dims = call.dims(0);
    long[] pads = pool.window().pads(dims);
    if (!pool.isDilated() && pool.fitsLibtorch(pads)) {
      return average(x, Windowing.begins(pads));
    }
    Tensor sums = pool.sums(pool.padded(x, dims, new Scalar(0f)));
    return sums.div(counts(x, dims, pads));
  }

  private Tensor average(Tensor x, long[] pads) {
    Windowing w = pool.window();
    boolean ceil = pool.ceil();
    LongOptional byCount = new LongOptional();
    return switch (w.axes()) {
      case 1 -> torch.avg_pool1d(x, w.kernel(), w.strides(), pads, ceil, countPadding);
      case 2 -> torch.avg_pool2d(x, w.kernel(), w.strides(), pads, ceil, countPadding, byCount);
      default -> torch.avg_pool3d(x, w.kernel(), w.strides(), pads, ceil, countPadding, byCount);
    };
  }

  /** How many elements each window counts. */
  private Tensor counts(Tensor x, long[] dims, long[] pads) {
    int axes = pool.window().axes();
    long[] plane = Arrays.copyOfRange(dims, dims.length - axes, dims.length);
    Tensor counted = torch.ones(plane, new TensorOptions(x.scalar_type()));
    long[] exact = pool.window().exactPads(dims, pool.ceil());
    if (countPadding) {
      counted = torch.constant_pad_nd(counted, Windowing.torchOrder(pads), new Scalar(1f));
      for (int i = 0; i < exact.length; i++) {
        exact[i] -= pads[i];
      }
    }
    return pool.sums(torch.constant_pad_nd(counted, Windowing.torchOrder(exact), new Scalar(0f)));
  }
}
