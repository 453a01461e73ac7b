package dev.swage.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** How far two sides' results lie apart. */
final class Agreement {
  private Agreement() {}

  /**
   * The largest difference between elements of two float32 blocks, relative to the magnitude of a
   * typical element of the first (the root of its mean square) or of the element itself, whichever
   * is larger. NaN if any element of either is NaN.
   */
  static double largestRelativeDifference(MemorySegment expected, MemorySegment actual) {
    long count = expected.byteSize() / Float.BYTES;
    double squares = 0;
    for (long i = 0; i < count; i++) {
      double value = expected.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      squares += value * value;
    }
    double typical = Math.sqrt(squares / count);
    double largest = 0;
    for (long i = 0; i < count; i++) {
      double value = expected.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      double difference = Math.abs(value - actual.getAtIndex(ValueLayout.JAVA_FLOAT, i));
      // Math.max keeps NaN.
      largest = Math.max(largest, difference / Math.max(Math.abs(value), typical));
    }
    return largest;
  }
}
