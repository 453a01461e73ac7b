package dev.swage.train.torch.op.math;

import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.Call;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** {@code x·W + b}, by one product that adds: what is left of a product and the node behind it. */
final class LinearLayer {
  private LinearLayer() {}

  /** The rows of all axes but the last are one matrix, so that W's gradient is one product. */
  static Tensor apply(Call call) {
    Tensor x = call.in(0);
    Tensor weight = call.in(1);
    if (x.dim() == 2) {
      return torch.addmm(call.in(2), x, weight);
    }
    if (x.dim() < 2) {
      return torch.matmul(x, weight).add(call.in(2));
    }
    long[] dims = TensorBridge.dims(x);
    Tensor rows = x.reshape(-1, dims[dims.length - 1]);
    dims[dims.length - 1] = weight.size(1);
    return torch.addmm(call.in(2), rows, weight).reshape(dims);
  }
}
