package dev.swage.bench;

import java.util.List;

/**
 * Measured values in the order of the rounds, with their quartiles (linear interpolation between
 * the two nearest ranks).
 */
public record Series(
    List<Double> values, double lowerQuartile, double median, double upperQuartile) {
  public Series {
    values = List.copyOf(values);
  }

  /** The series of these values; at least one. */
  public static Series of(List<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("a series needs at least one value, got none");
    }
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return new Series(
        values, quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75));
  }

  private static double quantile(double[] sorted, double q) {
    double at = q * (sorted.length - 1);
    int below = (int) Math.floor(at);
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }
}
