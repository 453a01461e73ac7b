package dev.swage.train.torch.op.math;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The largest and the smallest element along axes; of none, the type's other end. */
public final class Extremes {
  private Extremes() {}

  static Tensor max(Tensor x, long[] axes, boolean keep) {
    return isEmpty(x, axes) ? ofNone(x, axes, keep, lowest(x)) : torch.amax(x, axes, keep);
  }

  static Tensor min(Tensor x, long[] axes, boolean keep) {
    return isEmpty(x, axes) ? ofNone(x, axes, keep, highest(x)) : torch.amin(x, axes, keep);
  }

  private static boolean isEmpty(Tensor x, long[] axes) {
    boolean empty = false;
    for (long axis : axes) {
      empty |= x.dim() > 0 && x.size(axis) == 0;
    }
    return empty;
  }

  /** The shape that a sum has. */
  private static Tensor ofNone(Tensor x, long[] axes, boolean keep, Scalar value) {
    Tensor shape =
        torch.zeros_like(x.detach()).sum(axes, keep, new ScalarTypeOptional(x.scalar_type()));
    return torch.full_like(shape, value);
  }

  /** What no element is below: padding for a maximum. */
  public static Scalar lowest(Tensor x) {
    if (x.is_floating_point()) {
      return new Scalar(Double.NEGATIVE_INFINITY);
    }
    return new Scalar(isSigned(x) ? Long.MIN_VALUE >> (64 - bits(x)) : 0L);
  }

  private static Scalar highest(Tensor x) {
    if (x.is_floating_point()) {
      return new Scalar(Double.POSITIVE_INFINITY);
    }
    int valueBits = isSigned(x) ? bits(x) - 1 : bits(x);
    return new Scalar(Long.MAX_VALUE >> (63 - valueBits));
  }

  private static boolean isSigned(Tensor x) {
    ScalarType type = x.scalar_type().intern();
    return type != ScalarType.Byte && type != ScalarType.Bool;
  }

  private static int bits(Tensor x) {
    return x.scalar_type().intern() == ScalarType.Bool ? 1 : 8 * Math.toIntExact(x.element_size());
  }
}
