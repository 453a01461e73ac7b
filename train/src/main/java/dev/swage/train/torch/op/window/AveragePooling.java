package dev.swage.train.torch.op.window;

import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
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
      return pool.average(x, Windowing.begins(pads), pool.ceil(), countPadding);
    }
    Tensor means = pool.means(pool.padded(x, dims, new Scalar(0f)));
    return means.div(counted(x, dims, pads));
  }

  /** Which part of each window counts. */
  private Tensor counted(Tensor x, long[] dims, long[] pads) {
    int axes = pool.window().axes();
    long[] plane = dims.clone();
    Arrays.fill(plane, 0, dims.length - axes, 1);
    Tensor counted = torch.ones(plane, new TensorOptions(x.scalar_type()));
    long[] exact = pool.window().exactPads(dims, pool.ceil());
    if (countPadding) {
      counted = torch.constant_pad_nd(counted, Windowing.torchOrder(pads), new Scalar(1f));
      for (int i = 0; i < exact.length; i++) {
        exact[i] -= pads[i];
      }
    }
    return pool.means(torch.constant_pad_nd(counted, Windowing.torchOrder(exact), new Scalar(0f)));
  }
}
