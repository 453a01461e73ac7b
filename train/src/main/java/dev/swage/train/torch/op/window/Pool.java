package dev.swage.train.torch.op.window;

import dev.swage.train.torch.op.math.Widely;
import dev.swage.train.torch.program.NodeContext;
import java.util.Arrays;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What the pooling operators have in common.
 *
 * @param ceil whether a window that is only partly filled counts at the end
 */
record Pool(Windowing window, boolean ceil) {
  static Pool of(NodeContext node) {
    long[] kernel = node.node().intsAttribute("kernel_shape");
    if (kernel.length < 1 || kernel.length > 3) {
      throw node.unsupported(
          "pooling over %d axes (kernel_shape %s)"
              .formatted(kernel.length, Arrays.toString(kernel)));
    }
    return new Pool(Windowing.of(node.node(), kernel), node.intAttribute("ceil_mode", 0) != 0);
  }

  /** Whether libtorch can pad: both ends alike, and by half a kernel at most. */
  boolean fitsLibtorch(long[] pads) {
    long[] kernel = window.kernel();
    for (int axis = 0; axis < kernel.length; axis++) {
      if (2 * pads[axis] > kernel[axis]) {
        return false;
      }
    }
    return Windowing.symmetric(pads);
  }

  boolean isDilated() {
    return !Arrays.equals(window.dilations(), Windowing.filled(window.axes(), 1));
  }

  /** Padded so that the windows fill it exactly. */
  Tensor padded(Tensor x, long[] dims, Scalar value) {
    return torch.constant_pad_nd(x, Windowing.torchOrder(window.exactPads(dims, ceil)), value);
  }

  /** The mean of each window of what is padded exactly, padding included. */
  Tensor means(Tensor padded) {
    long[] none = new long[window.axes()];
    return isDilated() ? dilatedMeans(padded) : average(padded, none, false, true);
  }

  /** libtorch's own, whose windows have no gaps. */
  Tensor average(Tensor x, long[] pads, boolean ceilMode, boolean countPadding) {
    long[] kernel = window.kernel();
    long[] strides = window.strides();
    LongOptional byCount = new LongOptional();
    return switch (window.axes()) {
      case 1 -> torch.avg_pool1d(x, kernel, strides, pads, ceilMode, countPadding);
      case 2 -> torch.avg_pool2d(x, kernel, strides, pads, ceilMode, countPadding, byCount);
      default ->
          Widely.compute(
              x,
              wide ->
                  torch.avg_pool3d(wide, kernel, strides, pads, ceilMode, countPadding, byCount));
    };
  }

  /** One axis after the other. */
  private Tensor dilatedMeans(Tensor padded) {
    Tensor means = padded;
    long first = padded.dim() - window.axes();
    for (int i = 0; i < window.axes(); i++) {
      Tensor windows = means.unfold(first + i, window.reach(i), window.strides()[i]);
      long dilation = window.dilations()[i];
      means = everyOf(windows, dilation).mean(new long[] {-1}, false, new ScalarTypeOptional());
    }
    return means;
  }

  /** How many elements a window has. */
  long elements() {
    return Arrays.stream(window.kernel()).reduce(1, (a, b) -> a * b);
  }

  /** Each {@code step}-th element of the last axis. */
  private static Tensor everyOf(Tensor x, long step) {
    return x.slice(-1, new LongOptional(), new LongOptional(), step);
  }
}
