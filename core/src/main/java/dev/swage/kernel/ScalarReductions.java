package dev.swage.kernel;

import static dev.swage.tensor.Tensor.LE_FLOAT;

import java.lang.foreign.MemorySegment;

/** The specification of the reductions of one block; arguments are trusted. */
final class ScalarReductions {
  /** Accumulators of a sum; element i of a block belongs to accumulator i mod 16. */
  static final int LANES = 16;

  private static final int MAGNITUDE = 0x7fff_ffff;

  private ScalarReductions() {}

  static double sumOfSquares(MemorySegment x, int count) {
    double[] lanes = new double[LANES];
    addSquares(x, 0, count, lanes);
    return fold(lanes);
  }

  static void addSquares(MemorySegment x, int from, int to, double[] lanes) {
    for (int i = from; i < to; i++) {
      double value = x.get(LE_FLOAT, (long) i << 2);
      lanes[i & (LANES - 1)] += value * value;
    }
  }

  static double sumOfAbs(MemorySegment x, int count) {
    double[] lanes = new double[LANES];
    addAbs(x, 0, count, lanes);
    return fold(lanes);
  }

  static void addAbs(MemorySegment x, int from, int to, double[] lanes) {
    for (int i = from; i < to; i++) {
      lanes[i & (LANES - 1)] += Math.abs(x.get(LE_FLOAT, (long) i << 2));
    }
  }

  /** Σ (|x| / scale)ᵖ. */
  static double sumOfPowers(MemorySegment x, int count, double p, double scale) {
    double[] lanes = new double[LANES];
    for (int i = 0; i < count; i++) {
      lanes[i & (LANES - 1)] += Math.pow(Math.abs(x.get(LE_FLOAT, (long) i << 2)) / scale, p);
    }
    return fold(lanes);
  }

  static Reductions.Clamped clamped(MemorySegment x, int count, float low, float high) {
    double[] lanes = new double[LANES];
    Reductions.Range range = addClamped(x, 0, count, low, high, lanes);
    return new Reductions.Clamped(fold(lanes), range);
  }

  static Reductions.Range addClamped(
      MemorySegment x, int from, int to, float low, float high, double[] lanes) {
    float min = Float.POSITIVE_INFINITY;
    float max = Float.NEGATIVE_INFINITY;
    for (int i = from; i < to; i++) {
      float value = x.get(LE_FLOAT, (long) i << 2);
      min = Math.min(min, value);
      max = Math.max(max, value);
      double clamped = value > high ? high : value < low ? low : value;
      lanes[i & (LANES - 1)] += clamped * clamped;
    }
    return new Reductions.Range(min, max);
  }

  /**
   * The bits of the greatest magnitude. Magnitudes order as their bits do, and NaN lies above
   * infinity, so it is noticed.
   */
  static int absMaxBits(MemorySegment x, int count) {
    int max = 0;
    for (int i = 0; i < count; i++) {
      max = Math.max(max, Float.floatToRawIntBits(x.get(LE_FLOAT, (long) i << 2)) & MAGNITUDE);
    }
    return max;
  }

  static Reductions.NonFinite countNonFinite(MemorySegment x, int count) {
    int found = 0;
    for (int i = 0; i < count; i++) {
      found += Float.isFinite(x.get(LE_FLOAT, (long) i << 2)) ? 0 : 1;
    }
    if (found == 0) {
      return Reductions.NonFinite.NONE;
    }
    int first = 0;
    while (Float.isFinite(x.get(LE_FLOAT, (long) first << 2))) {
      first++;
    }
    return new Reductions.NonFinite(found, first);
  }

  /** Adds the accumulators in halves: i and i + 8, then i and i + 4, 2, 1. */
  static double fold(double[] lanes) {
    for (int half = LANES / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        lanes[i] += lanes[i + half];
      }
    }
    return lanes[0];
  }
}
