package dev.swage.run.time;

import java.util.Arrays;

/**
 * How many times as fast one model is as another: the median of paired ratios. Runs are taken in
 * pairs, one of each model right after the other, and the quotient of each pair's times is taken;
 * the result is the median of these quotients, between the two in the middle of an even number
 * their geometric mean.
 *
 * <p>The quotient of two medians is not used. Other work on a machine comes and goes; it makes both
 * runs of a pair slower and leaves their quotient, where it moves two medians, that are taken from
 * different moments, apart. Taking the models in the other order gives exactly the inverse.
 */
public final class PairedRatio {
  /** What the estimator is called in reports. */
  public static final String NAME = "median of paired ratios";

  private PairedRatio() {}

  /**
   * The ratio.
   *
   * @param first times of the one
   * @param second times of the other, in the same order; above 1 the other is faster
   * @throws IllegalArgumentException if there are no times, or not as many of both
   */
  public static double of(double[] first, double[] second) {
    if (first.length != second.length || first.length == 0) {
      throw new IllegalArgumentException(
          "paired ratios need as many times of both, got %s and %s"
              .formatted(Integer.toString(first.length), Integer.toString(second.length)));
    }
    double[] ratios = new double[first.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = first[i] / second[i];
    }
    Arrays.sort(ratios);
    return Math.sqrt(ratios[(ratios.length - 1) / 2] * ratios[ratios.length / 2]);
  }

  static double of(long[] first, long[] second) {
    return of(
        Arrays.stream(first).asDoubleStream().toArray(),
        Arrays.stream(second).asDoubleStream().toArray());
  }
}
