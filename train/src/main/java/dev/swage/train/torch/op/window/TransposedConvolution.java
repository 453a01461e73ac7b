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

/**
 * A transposed convolution: what a convolution's gradient does. Padding takes elements away from
 * the ends of the result, {@code output_padding} adds some at the end.
 */
final class TransposedConvolution {
  private final NodeContext node;
  private final long groups;
  private final long[] outputPadding;
  private final long[] outputShape;
  private final String autoPad;
  private final Optional<Windowing> fixed;

  TransposedConvolution(NodeContext node) {
    this.node = node;
    this.groups = node.intAttribute("group", 1);
    this.outputPadding = node.node().intsAttribute("output_padding");
    this.outputShape = node.node().intsAttribute("output_shape");
    this.autoPad = node.stringAttribute("auto_pad", "NOTSET");
    long[] kernel = node.node().intsAttribute("kernel_shape");
    this.fixed =
        kernel.length > 0 ? Optional.of(Windowing.of(node.node(), kernel)) : Optional.empty();
  }

  Tensor apply(Call call) {
    long[] inputDims = call.dims(0);
    long[] weightDims = call.dims(1);
    Convolution.requireRank(node, inputDims, weightDims);
    if (weightDims[0] != inputDims[1]) {
      throw new OnnxException(
          "%s: weight %s needs %d input channels, got %d"
              .formatted(
                  node.node().describe(),
                  Arrays.toString(weightDims),
                  weightDims[0],
                  inputDims[1]));
    }
    Windowing window = Convolution.windowing(node, fixed, weightDims);
    long[] added = outputPadding.length == 0 ? new long[window.axes()] : outputPadding;
    return apply(call, window, cuts(window, inputDims, added), added);
  }

  private Tensor apply(Call call, Windowing window, long[] cuts, long[] added) {
    TensorOptional bias = call.has(2) ? new TensorOptional(call.in(2)) : new TensorOptional();
    if (fitsLibtorch(window, cuts, added)) {
      long[] padding = Windowing.begins(cuts);
      return Convolution.inLayout(convolve(call, window, bias, padding, added));
    }
    int axes = window.axes();
    long[] ends = new long[2 * axes];
    for (int i = 0; i < 2 * axes; i++) {
      ends[i] = (i < axes ? 0 : added[i - axes]) - cuts[i];
    }
    Tensor y =
        torch.constant_pad_nd(
            convolve(call, window, new TensorOptional(), new long[axes], new long[axes]),
            Windowing.torchOrder(ends),
            new Scalar(0f));
    return call.has(2) ? y.add(perChannel(call.in(2), axes)) : y;
  }

  private static Tensor perChannel(Tensor bias, int axes) {
    long[] shape = Windowing.filled(axes + 1, 1);
    shape[0] = bias.numel();
    return bias.reshape(shape);
  }

  private Tensor convolve(
      Call call, Windowing window, TensorOptional bias, long[] padding, long[] added) {
    return torch.convolution(
        Convolution.inLayout(call.in(0)),
        Convolution.inLayout(call.in(1)),
        bias,
        window.strides(),
        padding,
        window.dilations(),
        true,
        added,
        groups);
  }

  /** libtorch cuts both ends alike, and adds less than a stride or a dilation. */
  private static boolean fitsLibtorch(Windowing window, long[] cuts, long[] added) {
    boolean fits = Windowing.symmetric(cuts);
    for (int axis = 0; axis < added.length; axis++) {
      fits &= cuts[axis] >= 0;
      fits &= added[axis] < Math.max(window.strides()[axis], window.dilations()[axis]);
    }
    return fits;
  }

  /** What is taken away at the begins and the ends. */
  private long[] cuts(Windowing window, long[] inputDims, long[] added) {
    boolean same = autoPad.startsWith("SAME");
    if (outputShape.length == 0 && !same) {
      return window.pads(inputDims);
    }
    int axes = window.axes();
    long[] cuts = new long[2 * axes];
    for (int axis = 0; axis < axes; axis++) {
      long size = inputDims[2 + axis];
      long stride = window.strides()[axis];
      long whole = stride * (size - 1) + added[axis] + window.reach(axis);
      long wanted =
          outputShape.length == 0 ? size * stride : outputShape[outputShape.length - axes + axis];
      long total = whole - wanted;
      long less = Math.floorDiv(Math.max(0, total), 2);
      cuts[axis] = autoPad.equals("SAME_UPPER") ? less : Math.max(0, total) - less;
      cuts[axes + axis] = total - cuts[axis];
    }
    return cuts;
  }
}
