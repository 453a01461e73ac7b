package dev.swage.kernel;

import static dev.swage.tensor.Tensor.LE_FLOAT;

import java.lang.foreign.MemorySegment;

/** The specification of what is done unit by unit; arguments are trusted. */
final class ScalarUnits {
  private ScalarUnits() {}

  /** Scales a part of a tensor that begins with its element {@code first}. */
  static void scale(GradientEdit.PerUnit edit, MemorySegment x, long first, int count) {
    float[] coefficients = edit.coefficients();
    for (int i = 0; i < count; i++) {
      int unit = (int) ((first + i) / edit.inner() % coefficients.length);
      long at = (long) i << 2;
      x.set(LE_FLOAT, at, x.get(LE_FLOAT, at) * coefficients[unit]);
    }
  }

  /** Adds the square of element i to {@code sums[from + i]}, in double. */
  static void addSquares(MemorySegment x, int count, double[] sums, int from) {
    for (int i = 0; i < count; i++) {
      double value = x.get(LE_FLOAT, (long) i << 2);
      sums[from + i] += value * value;
    }
  }
}
