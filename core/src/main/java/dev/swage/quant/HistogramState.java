package dev.swage.quant;

import java.util.List;

/**
 * A {@link Histogram} as plain values, to be stored.
 *
 * @param exponent a bin is 2^exponent wide
 * @param counts a power of two of them, lowest bin first, half of them on each side of 0; not
 *     copied
 * @param nonFinite number of NaN and infinite elements
 * @param zeros number of elements that are 0
 * @param min smallest finite element; 0 when there is none
 * @param max largest finite element; 0 when there is none
 * @param sum of the finite elements
 * @param sumOfSquares of the finite elements
 */
public record HistogramState(
    int exponent,
    List<Long> counts,
    long nonFinite,
    long zeros,
    float min,
    float max,
    double sum,
    double sumOfSquares) {
  public HistogramState {
    counts = List.copyOf(counts);
    if (exponent < Histogram.LEAST_EXPONENT || exponent > Histogram.MOST_EXPONENT) {
      throw new IllegalArgumentException(
          "exponent must be %d…%d, got %d"
              .formatted(Histogram.LEAST_EXPONENT, Histogram.MOST_EXPONENT, exponent));
    }
    long total = 0;
    for (long count : counts) {
      if (count < 0) {
        throw new IllegalArgumentException("counts must not be negative, got " + count);
      }
      total = Math.addExact(total, count);
    }
    if (nonFinite < 0 || zeros < 0 || zeros > total) {
      throw new IllegalArgumentException(
          "of %d elements, %d zeros and %d apart that are not finite cannot be"
              .formatted(total, zeros, nonFinite));
    }
    if (!(min <= max) || Float.isInfinite(min) || Float.isInfinite(max)) {
      throw new IllegalArgumentException(
          "extremes must be finite, min <= max, got %s and %s".formatted(min, max));
    }
    double edge = Math.scalb(counts.size() / 2.0, exponent);
    if (min < -edge || max > edge) {
      throw new IllegalArgumentException(
          "extremes %s and %s lie outside the bins, ±%s".formatted(min, max, edge));
    }
    if (!Double.isFinite(sum) || !Double.isFinite(sumOfSquares)) {
      throw new IllegalArgumentException(
          "sums must be finite, got %s and %s".formatted(sum, sumOfSquares));
    }
  }
}
