package dev.swage.kernel;

import java.util.Arrays;

/**
 * What rounding to codes loses, summed while the codes are made: {@code Σ x²} and {@code Σ (x −
 * x̂)²}, with x̂ what the code of x stands for.
 *
 * <p>Squares are summed in float32, element j of a row in lane j mod 8, for some four thousand
 * elements at a time, and these sums in double: the result is right to about five digits, and the
 * same for the same calls in the same order on every machine. Elements are multiplied by a power of
 * two first, so that no square overflows, and none that counts is lost below the smallest float.
 */
public final class CodeLoss {
  static final int LANES = 8;

  /** Elements that are summed in float32. */
  static final int RUN = 4096;

  private final float inverse;

  /** Sums of squares of the elements, then of their errors, in the order of the lanes. */
  final float[] lanes = new float[2 * LANES];

  private int pending;
  private double signal;
  private double noise;

  /**
   * Nothing lost yet.
   *
   * @param unit {@link #unit} of the scales to come
   */
  public CodeLoss(float unit) {
    this.inverse = 1 / unit;
  }

  /**
   * The power of two at or below the largest of some scales, in which squares are counted.
   *
   * @param first of the scales
   * @param end one past the last of them
   */
  public static float unit(float[] scales, int first, int end) {
    float most = 0;
    for (int slot = first; slot < end; slot++) {
      most = Math.max(most, scales[slot]);
    }
    return Math.scalb(1f, Math.max(Math.getExponent(most), -126));
  }

  /** What elements are multiplied by. */
  float inverse() {
    return inverse;
  }

  /** After each run of elements of a row, of {@link #RUN} at most. */
  void ran(int elements) {
    pending += elements;
    if (pending >= RUN) {
      flush();
    }
  }

  private void flush() {
    signal += sum(0);
    noise += sum(LANES);
    Arrays.fill(lanes, 0);
    pending = 0;
  }

  private double sum(int from) {
    double sum = 0;
    for (int lane = from; lane < from + LANES; lane++) {
      sum += lanes[lane];
    }
    return sum;
  }

  /** {@code Σ x²}. */
  public double signal() {
    return (signal + sum(0)) / inverse / inverse;
  }

  /** {@code Σ (x − x̂)²}. */
  public double noise() {
    return (noise + sum(LANES)) / inverse / inverse;
  }
}
