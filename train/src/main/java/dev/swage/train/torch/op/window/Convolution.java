package dev.swage.train.torch.op.window;

import dev.swage.onnx.OnnxException;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** A convolution over one, two or three spatial axes, of inputs 0 (x), 1 (weight) and 2 (bias). */
final class Convolution {
  private final NodeContext node;
  private final long groups;
  private final Optional<Windowing> fixed;

  Convolution(NodeContext node) {
    this.node = node;
    this.groups = node.intAttribute("group", 1);
    long[] kernel = node.node().intsAttribute("kernel_shape");
    this.fixed =
        kernel.length > 0 ? Optional.of(Windowing.of(node.node(), kernel)) : Optional.empty();
  }

  /** How the weight slides, whose last axes are the kernel where the node does not say it. */
  static Windowing windowing(NodeContext node, Optional<Windowing> fixed, long[] weight) {
    return fixed.orElseGet(
        () -> Windowing.of(node.node(), Arrays.copyOfRange(weight, 2, weight.length)));
  }

  Tensor apply(Call call) {
    Tensor x = call.in(0);
    long[] inputDims = call.dims(0);
    long[] weightDims = call.dims(1);
    requireFit(inputDims, weightDims);
    Windowing window = windowing(node, fixed, weightDims);
    long[] pads = window.pads(inputDims);
    long[] symmetric = Windowing.begins(pads);
    if (!Windowing.symmetric(pads)) {
      x = torch.constant_pad_nd(x, Windowing.torchOrder(pads), new Scalar(0f));
      symmetric = new long[window.axes()];
    }
    TensorOptional bias = call.has(2) ? new TensorOptional(call.in(2)) : new TensorOptional();
    Tensor y =
        torch.convolution(
            inLayout(x),
            inLayout(call.in(1)),
            bias,
            window.strides(),
            symmetric,
            window.dilations(),
            false,
            new long[window.axes()],
            groups);
    return inLayout(y);
  }

  /**
   * Images with their channels innermost in memory: the layout in which libtorch's CPU kernels for
   * convolution and pooling are vectorized. Shapes and values are the same; what follows keeps the
   * layout until something needs another.
   */
  static Tensor inLayout(Tensor x) {
    return x.dim() == 4 ? x.contiguous(torch.MemoryFormat.ChannelsLast) : x;
  }

  private void requireFit(long[] inputDims, long[] weightDims) {
    requireRank(node, inputDims, weightDims);
    if (weightDims[1] * groups != inputDims[1]) {
      throw new OnnxException(
          "%s: weight %s with %d groups needs %d input channels, got %d"
              .formatted(
                  node.node().describe(),
                  Arrays.toString(weightDims),
                  groups,
                  weightDims[1] * groups,
                  inputDims[1]));
    }
  }

  static void requireRank(NodeContext node, long[] inputDims, long[] weightDims) {
    if (inputDims.length < 3 || inputDims.length != weightDims.length) {
      throw new OnnxException(
          "%s: needs [batch, channels, spatial...] and a weight of the same rank, got %s and %s"
              .formatted(
                  node.node().describe(), Arrays.toString(inputDims), Arrays.toString(weightDims)));
    }
  }
}
