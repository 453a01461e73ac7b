package dev.swage.train.torch.op.window;

import dev.swage.onnx.OnnxException;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Convolutions over one, two or three spatial axes. */
final class ConvolutionOperators {
  private ConvolutionOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("Conv", ConvolutionOperators::conv);
  }

  private static Operator conv(NodeContext node) {
    long groups = node.intAttribute("group", 1);
    return call -> {
      Tensor x = call.in(0);
      Tensor weight = call.in(1);
      long[] inputDims = TensorBridge.dims(x);
      long[] weightDims = TensorBridge.dims(weight);
      requireFit(node, inputDims, weightDims, groups);
      Windowing window =
          Windowing.of(node.node(), Arrays.copyOfRange(weightDims, 2, weightDims.length));
      long[] pads = window.pads(inputDims);
      Tensor padded = x;
      long[] symmetric = Windowing.begins(pads);
      if (!Windowing.symmetric(pads)) {
        padded = torch.constant_pad_nd(x, Windowing.torchOrder(pads), new Scalar(0f));
        symmetric = new long[window.axes()];
      }
      TensorOptional bias = call.has(2) ? new TensorOptional(call.in(2)) : new TensorOptional();
      long[] noOutputPadding = new long[window.axes()];
      Tensor y =
          torch.convolution(
              inLayout(padded),
              inLayout(weight),
              bias,
              window.strides(),
              symmetric,
              window.dilations(),
              false,
              noOutputPadding,
              groups);
      return inLayout(y);
    };
  }

  /**
   * Images with their channels innermost in memory: the layout in which libtorch's CPU kernels for
   * convolution and pooling are vectorized. Shapes and values are the same; what follows keeps the
   * layout until something needs another.
   */
  private static Tensor inLayout(Tensor x) {
    return x.dim() == 4 ? x.contiguous(torch.MemoryFormat.ChannelsLast) : x;
  }

  private static void requireFit(
      NodeContext node, long[] inputDims, long[] weightDims, long groups) {
    if (inputDims.length < 3 || inputDims.length != weightDims.length) {
      throw new OnnxException(
          "%s: needs [batch, channels, spatial...] and a weight of the same rank, got %s and %s"
              .formatted(
                  node.node().describe(), Arrays.toString(inputDims), Arrays.toString(weightDims)));
    }
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
}
