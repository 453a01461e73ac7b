package dev.swage.train.torch.op.window;

import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** Puts each value where the maximum was found, and 0 elsewhere. */
final class MaxUnpooling {
  private MaxUnpooling() {}

  static Operator compile(NodeContext node) {
    Windowing window = Windowing.of(node.node(), node.node().intsAttribute("kernel_shape"));
    return call -> {
      long[] shape = call.has(2) ? call.longs(2) : unpooled(window, call);
      long elements = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
      Tensor x = call.in(0);
      Tensor zeros = torch.zeros(new long[] {elements}, new TensorOptions(x.scalar_type()));
      Tensor indices = call.in(1).to(torch.ScalarType.Long).reshape(-1);
      return torch.scatter(zeros, 0, indices, x.reshape(-1)).reshape(shape);
    };
  }

  /** The smallest input whose pooling has this shape. */
  private static long[] unpooled(Windowing window, Call call) {
    long[] shape = TensorBridge.dims(call.in(0));
    long[] pads = window.pads(shape);
    int axes = window.axes();
    for (int axis = 0; axis < axes; axis++) {
      long windows = shape[2 + axis];
      shape[2 + axis] =
          (windows - 1) * window.strides()[axis]
              + window.kernel()[axis]
              - pads[axis]
              - pads[axes + axis];
    }
    return shape;
  }
}
