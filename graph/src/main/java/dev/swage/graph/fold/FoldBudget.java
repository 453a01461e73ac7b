package dev.swage.graph.fold;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;

/** How much memory computed constants may still take. */
public final class FoldBudget {
  /** A constant larger than what it is made of must stay below this: it makes the file larger. */
  private static final long MAX_GROWN_BYTES = 1 << 12;

  private long left;

  public FoldBudget(long bytes) {
    this.left = bytes;
  }

  /** Takes the bytes of a tensor that no file is to hold from the budget, if there are as many. */
  boolean takes(DType dtype, Shape shape) {
    return take(dtype, shape, Long.MAX_VALUE);
  }

  /** Takes a tensor's bytes from the budget, if it is worth them. */
  boolean take(DType dtype, Shape shape, long sourceBytes) {
    long bytes;
    try {
      bytes = dtype.bytes(shape.elements());
    } catch (ArithmeticException e) {
      return false;
    }
    if (bytes > left || (bytes > sourceBytes && bytes > MAX_GROWN_BYTES)) {
      return false;
    }
    left -= bytes;
    return true;
  }
}
