package dev.swage.train.torch.op.window;

import dev.swage.train.torch.lib.TensorBridge;
import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Where maxima are: libtorch counts the elements of one padded plane, ONNX those of the whole
 * input.
 */
final class MaxIndices {
  private final long[] dims;
  private final long[] plane;
  private final long[] padded;
  private final long[] before;

  /**
   * @param dims of the input
   * @param padded of what was pooled, which begins {@code before} elements earlier on each axis
   */
  MaxIndices(long[] dims, long[] padded, long[] before) {
    this.dims = dims;
    this.plane = Arrays.copyOfRange(dims, 2, dims.length);
    this.padded = Arrays.copyOfRange(padded, 2, padded.length);
    this.before = before;
  }

  /**
   * @param columnMajor whether the first spatial axis is counted innermost
   */
  Tensor ofInput(Tensor inPlane, boolean columnMajor) {
    boolean same = !columnMajor && Arrays.equals(plane, padded);
    Tensor within = same ? inPlane : moved(inPlane, columnMajor);
    long size = product(plane, 0, plane.length);
    long[] firsts = new long[Math.toIntExact(dims[0] * dims[1])];
    Arrays.setAll(firsts, i -> i * size);
    long[] shape = Windowing.filled(dims.length, 1);
    shape[0] = dims[0];
    shape[1] = dims[1];
    return within.add(TensorBridge.ofLongs(firsts).reshape(shape));
  }

  private Tensor moved(Tensor inPlane, boolean columnMajor) {
    Tensor rest = inPlane;
    Tensor sum = torch.zeros_like(inPlane);
    for (int axis = plane.length - 1; axis >= 0; axis--) {
      Scalar size = new Scalar(padded[axis]);
      Tensor at = torch.remainder(rest, size);
      rest = rest.floor_divide(size);
      long step = columnMajor ? product(plane, 0, axis) : product(plane, axis + 1, plane.length);
      sum = sum.add(at.sub(new Scalar(before[axis])).mul(new Scalar(step)));
    }
    return sum;
  }

  private static long product(long[] sizes, int from, int to) {
    return Arrays.stream(sizes, from, to).reduce(1, (a, b) -> a * b);
  }
}
