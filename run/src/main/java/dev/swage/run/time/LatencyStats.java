package dev.swage.run.time;

import java.util.Arrays;

/**
 * Time of one run in milliseconds.
 *
 * @param p50 median
 * @param p95 95th percentile by nearest rank
 * @param mean arithmetic mean
 * @param runs how many runs were timed
 */
public record LatencyStats(double p50, double p95, double mean, int runs) {
  private static final double NANOS_PER_MILLI = 1e6;

  /** Statistics of these durations. */
  static LatencyStats ofNanos(long[] nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return new LatencyStats(
        percentile(sorted, 0.50) / NANOS_PER_MILLI,
        percentile(sorted, 0.95) / NANOS_PER_MILLI,
        Arrays.stream(sorted).average().orElseThrow() / NANOS_PER_MILLI,
        sorted.length);
  }

  private static long percentile(long[] sorted, double share) {
    return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
  }
}
