package dev.swage.train.torch.op.math;

import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Softmax, its logarithm, and its hard form. */
final class SoftMaxima {
  private SoftMaxima() {}

  private interface AxisFunction {
    Tensor apply(Tensor x, long axis);
  }

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("Softmax", node -> overAxis(node, torch::softmax));
    table.put("LogSoftmax", node -> overAxis(node, torch::log_softmax));
    table.put("Hardmax", node -> overAxis(node, SoftMaxima::hardmax));
  }

  /** 1 at the first of the largest elements, else 0. */
  private static Tensor hardmax(Tensor x, long axis) {
    Tensor largest = torch.argmax(x, new LongOptional(axis), true);
    return torch.zeros_like(x.detach()).scatter(axis, largest, new Scalar(1L));
  }

  /** Before operator set 13 the axes from {@code axis} on were flattened into one. */
  private static Operator overAxis(NodeContext node, AxisFunction function) {
    if (node.opset() >= 13) {
      long axis = node.intAttribute("axis", -1);
      return call -> function.apply(call.in(0), axis);
    }
    int axis = Math.toIntExact(node.intAttribute("axis", 1));
    return call -> {
      Tensor x = call.in(0);
      long[] dims = TensorBridge.dims(x);
      if (axis == dims.length - 1 || axis == -1) {
        return function.apply(x, -1);
      }
      return function.apply(flatten(x, dims, axis), 1).reshape(dims);
    };
  }

  private static Tensor flatten(Tensor x, long[] dims, int axis) {
    int split = axis < 0 ? axis + dims.length : axis;
    long rows = 1;
    long columns = 1;
    for (int i = 0; i < dims.length; i++) {
      rows *= i < split ? dims[i] : 1;
      columns *= i < split ? 1 : dims[i];
    }
    return x.reshape(rows, columns);
  }
}
