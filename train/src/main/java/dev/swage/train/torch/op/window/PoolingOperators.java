package dev.swage.train.torch.op.window;

import dev.swage.onnx.OnnxException;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Pooling over one or two spatial axes, and global pooling over any number. */
final class PoolingOperators {
  private PoolingOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("MaxPool", PoolingOperators::maxPool);
    table.put("AveragePool", PoolingOperators::averagePool);
    table.put("GlobalAveragePool", node -> call -> globalMean(call.in(0)));
  }

  private static Tensor globalMean(Tensor x) {
    long[] spatial = new long[Math.toIntExact(x.dim()) - 2];
    Arrays.setAll(spatial, axis -> axis + 2);
    return torch.mean(x, spatial, true, new ScalarTypeOptional());
  }

  private static Operator maxPool(NodeContext node) {
    Windowing window = window(node);
    boolean ceil = node.intAttribute("ceil_mode", 0) != 0;
    boolean wantsIndices = node.node().outputs().size() > 1;
    if (wantsIndices) {
      throw node.unsupported("output Indices");
    }
    return call -> {
      long[] pads = window.pads(TensorBridge.dims(call.in(0)));
      Tensor x = call.in(0);
      if (!fitsLibtorch(window, pads)) {
        requireFloor(node, ceil);
        x =
            torch.constant_pad_nd(
                x, Windowing.torchOrder(pads), new Scalar(Float.NEGATIVE_INFINITY));
        pads = new long[pads.length];
      }
      return maxPool(x, window, Windowing.begins(pads), ceil);
    };
  }

  private static Tensor maxPool(Tensor x, Windowing window, long[] pads, boolean ceil) {
    long[] kernel = window.kernel();
    long[] strides = window.strides();
    long[] dilations = window.dilations();
    return window.axes() == 1
        ? torch.max_pool1d(x, kernel, strides, pads, dilations, ceil)
        : torch.max_pool2d(x, kernel, strides, pads, dilations, ceil);
  }

  private static Operator averagePool(NodeContext node) {
    Windowing window = window(node);
    boolean ceil = node.intAttribute("ceil_mode", 0) != 0;
    boolean countPadding = node.intAttribute("count_include_pad", 0) != 0;
    if (!Arrays.equals(window.dilations(), Windowing.filled(window.axes(), 1))) {
      throw node.unsupported("dilation");
    }
    return call -> {
      Tensor x = call.in(0);
      long[] pads = window.pads(TensorBridge.dims(x));
      if (fitsLibtorch(window, pads)) {
        return averagePool(x, window, Windowing.begins(pads), new Ends(ceil, countPadding));
      }
      requireFloor(node, ceil);
      long[] none = new long[window.axes()];
      long[] order = Windowing.torchOrder(pads);
      Ends plain = new Ends(false, true);
      Tensor sums =
          averagePool(torch.constant_pad_nd(x, order, new Scalar(0f)), window, none, plain);
      if (countPadding) {
        return sums;
      }
      Tensor ones = torch.ones_like(x.detach());
      Tensor counts =
          averagePool(torch.constant_pad_nd(ones, order, new Scalar(0f)), window, none, plain);
      return sums.div(counts);
    };
  }

  /** What happens at the ends of an axis. */
  private record Ends(boolean ceil, boolean countPadding) {}

  private static Tensor averagePool(Tensor x, Windowing window, long[] pads, Ends ends) {
    long[] kernel = window.kernel();
    long[] strides = window.strides();
    return window.axes() == 1
        ? torch.avg_pool1d(x, kernel, strides, pads, ends.ceil(), ends.countPadding())
        : torch.avg_pool2d(
            x, kernel, strides, pads, ends.ceil(), ends.countPadding(), new LongOptional());
  }

  private static Windowing window(NodeContext node) {
    long[] kernel = node.node().intsAttribute("kernel_shape");
    if (kernel.length < 1 || kernel.length > 2) {
      throw node.unsupported(
          "pooling over %d axes (kernel_shape %s)"
              .formatted(kernel.length, Arrays.toString(kernel)));
    }
    return Windowing.of(node.node(), kernel);
  }

  /** libtorch pads both ends alike and by half a kernel at most. */
  private static boolean fitsLibtorch(Windowing window, long[] pads) {
    long[] kernel = window.kernel();
    for (int axis = 0; axis < kernel.length; axis++) {
      if (2 * pads[axis] > kernel[axis]) {
        return false;
      }
    }
    return Windowing.symmetric(pads);
  }

  private static void requireFloor(NodeContext node, boolean ceil) {
    if (ceil) {
      throw new OnnxException(
          "%s: ceil_mode with uneven or wide padding is not supported"
              .formatted(node.node().describe()));
    }
  }
}
