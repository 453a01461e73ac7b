package dev.swage.train.torch.op.window;

import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.op.math.Extremes;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The largest element of each window, and where it is. */
final class MaxPooling {
  private final Pool pool;
  private final boolean columnMajor;

  private MaxPooling(NodeContext node) {
    this.pool = Pool.of(node);
    this.columnMajor = node.intAttribute("storage_order", 0) != 0;
  }

  static Operator compile(NodeContext node) {
    MaxPooling pooling = new MaxPooling(node);
    return pooling::apply;
  }

  private Tensor apply(Call call) {
    long[] dims = call.dims(0);
    Tensor x = call.in(0);
    long[] pads = pool.window().pads(dims);
    boolean direct = pool.fitsLibtorch(pads);
    long[] within = direct ? Windowing.begins(pads) : new long[pool.window().axes()];
    Tensor padded = direct ? x : pool.padded(x, dims, Extremes.lowest(x));
    boolean ceil = direct && pool.ceil();
    if (!call.wants(1)) {
      return largest(padded, within, ceil);
    }
    long[] before = direct ? new long[within.length] : Windowing.begins(pads);
    try (T_TensorTensor_T result = withIndices(padded, within, ceil)) {
      MaxIndices places = new MaxIndices(dims, TensorBridge.dims(padded), before);
      call.put(1, places.ofInput(result.get1(), columnMajor));
      return new Tensor(result.get0());
    }
  }

  private Tensor largest(Tensor x, long[] pads, boolean ceil) {
    Windowing w = pool.window();
    return switch (w.axes()) {
      case 1 -> torch.max_pool1d(x, w.kernel(), w.strides(), pads, w.dilations(), ceil);
      case 2 -> torch.max_pool2d(x, w.kernel(), w.strides(), pads, w.dilations(), ceil);
      default -> torch.max_pool3d(x, w.kernel(), w.strides(), pads, w.dilations(), ceil);
    };
  }

  private T_TensorTensor_T withIndices(Tensor x, long[] pads, boolean ceil) {
    Windowing w = pool.window();
    long[] kernel = w.kernel();
    return switch (w.axes()) {
      case 1 -> torch.max_pool1d_with_indices(x, kernel, w.strides(), pads, w.dilations(), ceil);
      case 2 -> torch.max_pool2d_with_indices(x, kernel, w.strides(), pads, w.dilations(), ceil);
      default -> torch.max_pool3d_with_indices(x, kernel, w.strides(), pads, w.dilations(), ceil);
    };
  }
}
