package dev.swage.train.torch.op.window;

import dev.swage.tensor.Shape;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A convolution of images whose kernel elements are moved by offsets of their own, and weighted by
 * a mask (Zhu et al. 2019). Images are sampled at all places first, and multiplied by the weight
 * then.
 */
final class DeformableConvolution {
  private final NodeContext node;
  private final int groups;
  private final long offsetGroups;

  private DeformableConvolution(NodeContext node) {
    this.node = node;
    this.groups = Math.toIntExact(node.intAttribute("group", 1));
    this.offsetGroups = node.intAttribute("offset_group", 1);
  }

  static Operator compile(NodeContext node) {
    DeformableConvolution convolution = new DeformableConvolution(node);
    return convolution::apply;
  }

  private Tensor apply(Call call) {
    long[] dims = call.dims(0);
    long[] weight = call.dims(1);
    Convolution.requireRank(node, dims, weight);
    if (dims.length != 4) {
      throw node.unsupported("a convolution of " + (dims.length - 2) + " axes");
    }
    Windowing window = Windowing.of(node.node(), Arrays.copyOfRange(weight, 2, 4));
    long[] output = call.dims(2);
    long taps = weight[2] * weight[3];
    long places = output[2] * output[3];
    Tensor sampled =
        torch
            .grid_sampler(
                call.in(0)
                    .reshape(dims[0] * offsetGroups, dims[1] / offsetGroups, dims[2], dims[3]),
                grid(call.in(2), window, dims, output),
                0,
                0,
                false)
            .reshape(dims[0], offsetGroups, dims[1] / offsetGroups, taps, places);
    if (call.has(4)) {
      sampled = sampled.mul(call.in(4).reshape(dims[0], offsetGroups, 1, taps, places));
    }
    Tensor columns = sampled.reshape(dims[0], groups, dims[1] / groups * taps, places);
    Tensor kernels = call.in(1).reshape(groups, weight[0] / groups, weight[1] * taps);
    Tensor y = torch.matmul(kernels, columns).reshape(dims[0], weight[0], output[2], output[3]);
    return call.has(3) ? y.add(call.in(3).reshape(weight[0], 1, 1)) : y;
  }

  /** The places in libtorch's units: −1 and 1 are the borders of the image, x before y. */
  private Tensor grid(Tensor offsets, Windowing window, long[] dims, long[] output) {
    long[] kernel = window.kernel();
    long[] shape = {
      dims[0] * offsetGroups, kernel[0], kernel[1], 2, output[2], output[3],
    };
    Tensor moved = offsets.reshape(shape);
    long[] pads = window.pads(dims);
    Tensor[] axes = new Tensor[2];
    for (int axis = 0; axis < 2; axis++) {
      long size = dims[2 + axis];
      Tensor at =
          positions(offsets, kernel[axis], window.dilations()[axis], axis + 1, 5)
              .add(positions(offsets, output[2 + axis], window.strides()[axis], axis + 3, 5))
              .sub(new Scalar(pads[axis]));
      axes[1 - axis] =
          moved.select(3, axis).add(at).mul(new Scalar(2.0 / size)).add(new Scalar(1.0 / size - 1));
    }
    return torch
        .stack(new TensorVector(axes), -1)
        .reshape(shape[0], kernel[0] * kernel[1] * output[2], output[3], 2);
  }

  /** {@code 0, step, 2·step, …} along one axis of a tensor of this rank. */
  private static Tensor positions(Tensor like, long count, long step, int axis, int rank) {
    float[] values = new float[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * step;
    }
    long[] shape = Windowing.filled(rank, 1);
    shape[axis] = count;
    return TensorBridge.upload(dev.swage.tensor.Tensor.ofFloats(Shape.of(shape), values))
        .to(like.scalar_type());
  }
}
