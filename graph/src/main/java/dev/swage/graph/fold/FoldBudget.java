package dev.swage.graph.fold;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;

/** How much memory computed constants may still take. */
public final class FoldBudget {
  /** A constant larger than what it is made of must stay below this: it makes the file larger. */
  private static final long MAX_GROWN_BYTES = 1 << 12;

  private final boolean copies;
  private long left;

  /**
   * @param copies whether a constant that stays may have a second copy in another form
   */
  public FoldBudget(long bytes, boolean copies) {
    this.left = bytes;
    this.copies = copies;
  }

  /** Whether a computed constant may be a copy of one that others still read. */
  boolean takesCopies() {
    return copies;
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
