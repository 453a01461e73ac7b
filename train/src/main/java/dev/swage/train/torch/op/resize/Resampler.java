package dev.swage.train.torch.op.resize;

import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.NodeContext;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Resizes one axis after the other: by picking elements, or by a product with a matrix of weights.
 *
 * @param mode "nearest", "linear" or "cubic"
 * @param extrapolation what is outside the axis in the mode that crops
 */
record Resampler(
    String mode,
    Coordinates coordinates,
    Nearest nearest,
    Interpolation interpolation,
    float extrapolation) {
  static Resampler of(NodeContext node) {
    String mode = node.stringAttribute("mode", "nearest");
    if (!List.of("nearest", "linear", "bilinear", "cubic").contains(mode)) {
      throw node.unsupported("mode '" + mode + "'");
    }
    return new Resampler(
        mode.equals("bilinear") ? "linear" : mode,
        Coordinates.of(node),
        Nearest.of(node),
        Interpolation.of(node, mode.equals("cubic")),
        node.floatAttribute("extrapolation_value", 0));
  }

  Tensor apply(Tensor x, List<AxisResize> axes) {
    boolean whole = mode.equals("nearest") || x.is_floating_point();
    Tensor y = whole ? x : x.to(ScalarType.Double);
    for (int i = 0; i < axes.size(); i++) {
      if (!axes.get(i).isIdentity() || coordinates == Coordinates.TF_CROP_AND_RESIZE) {
        y = mode.equals("nearest") ? picked(y, i, axes.get(i)) : weighted(y, i, axes.get(i));
      }
    }
    if (coordinates == Coordinates.TF_CROP_AND_RESIZE) {
      y = cropped(y, axes);
    }
    return whole ? y : y.to(x.scalar_type());
  }

  private Tensor picked(Tensor x, int at, AxisResize axis) {
    long[] indices = new long[Math.toIntExact(axis.resized())];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = nearest.index(coordinates.original(i, axis), axis);
    }
    return torch.index_select(x, at, TensorBridge.ofLongs(indices));
  }

  private Tensor weighted(Tensor x, int at, AxisResize axis) {
    double[] matrix = interpolation.matrix(axis, coordinates);
    MemorySegment data = HeapMemory.allocate(DType.FLOAT64.bytes(matrix.length));
    MemorySegment.copy(matrix, 0, data, dev.swage.tensor.Tensor.LE_DOUBLE, 0, matrix.length);
    Shape shape = Shape.of(axis.resized(), axis.size());
    Tensor weights =
        TensorBridge.upload(dev.swage.tensor.Tensor.of(DType.FLOAT64, shape, data))
            .to(x.scalar_type());
    return torch.matmul(x.movedim(at, -1), weights.t()).movedim(-1, at);
  }

  /** The value of the outside, wherever one of the coordinates is outside. */
  private Tensor cropped(Tensor y, List<AxisResize> axes) {
    Tensor result = y;
    for (int at = 0; at < axes.size(); at++) {
      AxisResize axis = axes.get(at);
      long[] outside = new long[Math.toIntExact(axis.resized())];
      boolean any = false;
      for (int i = 0; i < outside.length; i++) {
        float x = coordinates.original(i, axis);
        outside[i] = x < 0 || x > axis.size() - 1 ? 1 : 0;
        any |= outside[i] != 0;
      }
      if (any) {
        long[] shape = new long[axes.size()];
        java.util.Arrays.fill(shape, 1);
        shape[at] = outside.length;
        Tensor mask = TensorBridge.ofLongs(outside).to(ScalarType.Bool).reshape(shape);
        result = result.masked_fill(mask, new Scalar(extrapolation));
      }
    }
    return result;
  }
}
