package dev.swage.kernel;

import static dev.swage.tensor.Tensor.LE_FLOAT;

import java.lang.foreign.MemorySegment;

/**
 * The specification of the moments of one block. Element i is added to accumulator i mod 8, in
 * order of i; accumulators are folded in halves.
 */
final class ScalarMoments {
  static final int LANES = 8;

  private ScalarMoments() {}

  static WeightMoments ofBlock(MemorySegment x, int count) {
    double[] sums = new double[LANES];
    float largest = addValues(x, 0, count, sums, 0);
    double mean = fold(sums) / count;
    double[] s2 = new double[LANES];
    double[] s3 = new double[LANES];
    double[] s4 = new double[LANES];
    addPowers(x, 0, count, mean, s2, s3, s4);
    return new WeightMoments(count, mean, fold(s2), fold(s3), fold(s4), largest);
  }

  /** Gives the largest magnitude so far. */
  static float addValues(MemorySegment x, int from, int to, double[] sums, float before) {
    float largest = before;
    for (int i = from; i < to; i++) {
      float value = x.get(LE_FLOAT, (long) i << 2);
      sums[i & (LANES - 1)] += value;
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  static void addPowers(
      MemorySegment x, int from, int to, double mean, double[] s2, double[] s3, double[] s4) {
    for (int i = from; i < to; i++) {
      double d = x.get(LE_FLOAT, (long) i << 2) - mean;
      double square = d * d;
      int lane = i & (LANES - 1);
      s2[lane] += square;
      s3[lane] += square * d;
      s4[lane] += square * square;
    }
  }

  static double fold(double[] lanes) {
    for (int half = LANES / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        lanes[i] += lanes[i + half];
      }
    }
    return lanes[0];
  }
}
