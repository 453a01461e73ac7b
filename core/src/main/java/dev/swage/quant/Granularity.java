package dev.swage.quant;

import dev.swage.tensor.Shape;

/**
 * Which elements share one scale and zero point. For a weight {@code [O, I]}: per tensor gives
 * scales {@code []}; per channel on axis 0 gives {@code [O]}; per group of size g on axis 1 gives
 * {@code [O, ceil(I/g)]}.
 */
public sealed interface Granularity {
  /** The shape of scales and zero points for a tensor of this shape. */
  Shape paramShape(Shape tensor);

  /** One scale for the whole tensor. */
  record PerTensor() implements Granularity {
    @Override
    public Shape paramShape(Shape tensor) {
      return Shape.of();
    }
  }

  /** One scale for each index along {@code axis}. */
  record PerChannel(int axis) implements Granularity {
    @Override
    public Shape paramShape(Shape tensor) {
      return Shape.of(tensor.dim(axis));
    }
  }

  /**
   * One scale for each {@code size} consecutive indices along {@code axis}; the last may be short.
   */
  record PerGroup(int axis, int size) implements Granularity {
    public PerGroup {
      if (size < 1) {
        throw new IllegalArgumentException("group size must be at least 1, got " + size);
      }
    }

    @Override
    public Shape paramShape(Shape tensor) {
      long[] dims = tensor.toArray();
      int index = tensor.axis(axis);
      dims[index] = Math.ceilDiv(dims[index], (long) size);
      return Shape.of(dims);
    }
  }

  static Granularity perTensor() {
    return new PerTensor();
  }

  static Granularity perChannel(int axis) {
    return new PerChannel(axis);
  }

  static Granularity perGroup(int axis, int size) {
    return new PerGroup(axis, size);
  }
}
