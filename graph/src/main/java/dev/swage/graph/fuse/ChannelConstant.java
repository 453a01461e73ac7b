package dev.swage.graph.fuse;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.Optional;

/** Constants that, broadcast, are one number per channel. */
final class ChannelConstant {
  private ChannelConstant() {}

  /** Over the last axis of the other operand: shape {@code [C]}, {@code [1, C]}, or one element. */
  static Optional<double[]> row(Tensor constant, int channels) {
    return values(constant, channels, constant.shape().rank() - 1);
  }

  /** Over axis 1 of an operand of this rank: {@code [C, 1, 1]}, {@code [1, C, 1, 1]}, or one. */
  static Optional<double[]> ofAxisOne(Tensor constant, int channels, int rank) {
    return constant.shape().rank() > rank
        ? Optional.empty()
        : values(constant, channels, constant.shape().rank() - (rank - 1));
  }

  private static Optional<double[]> values(Tensor constant, int channels, int axis) {
    Shape shape = constant.shape();
    boolean one = shape.elements() == 1;
    boolean each =
        axis >= 0
            && axis < shape.rank()
            && shape.dim(axis) == channels
            && shape.elements() == channels;
    if (constant.dtype() != DType.FLOAT32 || (!one && !each)) {
      return Optional.empty();
    }
    double[] values = new double[channels];
    for (int c = 0; c < channels; c++) {
      values[c] = constant.getFloat(one ? 0 : c);
    }
    return Optional.of(values);
  }
}
