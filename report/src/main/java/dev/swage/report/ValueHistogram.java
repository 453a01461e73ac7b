package dev.swage.report;

import java.util.List;

/**
 * Counts of values in bins of equal width over [low, high].
 *
 * @param counts at least one bin, in rising order of values
 */
public record ValueHistogram(double low, double high, List<Long> counts) {
  public ValueHistogram {
    counts = List.copyOf(counts);
    if (!(low <= high) || !Double.isFinite(high - low)) {
      throw new IllegalArgumentException(
          "a histogram needs finite low ≤ high, got [" + low + ", " + high + "]");
    }
    if (counts.isEmpty()) {
      throw new IllegalArgumentException("a histogram needs at least one bin");
    }
  }

  /** All values counted. */
  public long total() {
    return counts.stream().mapToLong(Long::longValue).sum();
  }
}
