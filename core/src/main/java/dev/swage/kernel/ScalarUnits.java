package dev.swage.kernel;

import static dev.swage.tensor.Tensor.LE_FLOAT;

import java.lang.foreign.MemorySegment;

/** The specification of what is done unit by unit; arguments are trusted. */
final class ScalarUnits {
  private ScalarUnits() {}

  /**
   * Scales a part of a tensor that begins with its element {@code first}, from one place to
   * another, which may be the same.
   */
  static void scale(
      GradientEdit.PerUnit edit, MemorySegment from, MemorySegment to, long first, int count) {
    float[] coefficients = edit.coefficients();
    for (int i = 0; i < count; i++) {
      int unit = (int) ((first + i) / edit.inner() % coefficients.length);
      long at = (long) i << 2;
      to.set(LE_FLOAT, at, from.get(LE_FLOAT, at) * coefficients[unit]);
    }
  }

  /** Adds the square of element i to {@code sums[from + i]}, in double. */
  static void addSquares(MemorySegment x, int count, double[] sums, int from) {
    for (int i = 0; i < count; i++) {
      double value = x.get(LE_FLOAT, (long) i << 2);
      sums[from + i] += value * value;
    }
  }

  /** Adds the sum of each run's squares, formed as in {@link Reductions}, to its unit's. */
  static void addSquares(MemorySegment g, MemorySegment p, UnitRuns runs, UnitSquares sums) {
    long bytes = (long) runs.length() << 2;
    for (int r = 0; r < runs.count(); r++) {
      int unit = runs.unit() + r;
      sums.gradient()[unit] +=
          ScalarReductions.sumOfSquares(g.asSlice(r * bytes, bytes), runs.length());
      sums.parameter()[unit] +=
          ScalarReductions.sumOfSquares(p.asSlice(r * bytes, bytes), runs.length());
    }
  }
}
