package dev.swage.tensor;

import java.util.Arrays;
import java.util.Optional;

/** Dimensions of a tensor, outermost first; the element count is known not to overflow. */
public final class Shape {
  private static final Shape SCALAR = new Shape(new long[0], 1);

  private final long[] dims;
  private final long elements;

  private Shape(long[] dims, long elements) {
    this.dims = dims;
    this.elements = elements;
  }

  /**
   * A shape with these dimensions; none of them makes a scalar.
   *
   * @throws IllegalArgumentException for a negative dimension, or more than 2^63−1 elements
   */
  public static Shape of(long... dims) {
    if (dims.length == 0) {
      return SCALAR;
    }
    long product = 1;
    boolean empty = false;
    for (long dim : dims) {
      if (dim < 0) {
        throw new IllegalArgumentException("negative dimension in " + Arrays.toString(dims));
      }
      if (dim == 0) {
        empty = true;
      } else {
        try {
          product = Math.multiplyExact(product, dim);
        } catch (ArithmeticException e) {
          throw new IllegalArgumentException(
              "more than 2^63-1 elements in " + Arrays.toString(dims), e);
        }
      }
    }
    return new Shape(dims.clone(), empty ? 0 : product);
  }

  /** A shape with these dimensions; empty where {@link #of} refuses them. */
  public static Optional<Shape> ifValid(long... dims) {
    try {
      return Optional.of(of(dims));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Number of dimensions; 0 for a scalar. */
  public int rank() {
    return dims.length;
  }

  /** Size of one dimension; negative axes count from the end, as in ONNX. */
  public long dim(int axis) {
    return dims[axis(axis)];
  }

  /**
   * The axis as a non-negative index.
   *
   * @throws IllegalArgumentException if it is outside [−rank, rank)
   */
  public int axis(int axis) {
    int index = axis < 0 ? axis + dims.length : axis;
    if (index < 0 || index >= dims.length) {
      throw new IllegalArgumentException("axis " + axis + " is outside shape " + this);
    }
    return index;
  }

  /** Product of the dimensions; 1 for a scalar. */
  public long elements() {
    return elements;
  }

  /** Product of the dimensions before {@code axis}. */
  public long outer(int axis) {
    return product(0, axis(axis));
  }

  /** Product of the dimensions after {@code axis}. */
  public long inner(int axis) {
    return product(axis(axis) + 1, dims.length);
  }

  private long product(int from, int to) {
    long product = 1;
    for (int i = from; i < to; i++) {
      product *= dims[i];
    }
    return product;
  }

  public long[] toArray() {
    return dims.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** The dimensions in ONNX's way: {@code [2, 3]}, and {@code []} for a scalar. */
  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
