package dev.swage.train.torch.op.move;

import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Axes and indices that may count from the end. */
final class Axes {
  private Axes() {}

  static int counted(long axis, long rank) {
    return Math.toIntExact(axis < 0 ? axis + rank : axis);
  }

  static int[] counted(long[] axes, long rank) {
    return Arrays.stream(axes).mapToInt(axis -> counted(axis, rank)).toArray();
  }

  /** All axes in order. */
  static long[] all(long rank) {
    long[] axes = new long[Math.toIntExact(rank)];
    Arrays.setAll(axes, i -> i);
    return axes;
  }

  /** Indices along an axis of this size, as libtorch wants them: int64, from 0 on. */
  static Tensor indices(Tensor given, long size) {
    Tensor indices = given.to(ScalarType.Long);
    return torch.where(indices.lt(new Scalar(0L)), indices.add(new Scalar(size)), indices);
  }
}
