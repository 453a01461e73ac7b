package dev.swage.report;

/**
 * Time of one call of a model after warm-up, in milliseconds.
 *
 * @param p50 median
 * @param p95 time that 95 % of the calls stayed within
 * @param batch samples in a call
 * @param calls how many calls were timed
 */
public record Latency(double p50, double p95, int batch, int calls) {
  public Latency {
    Checks.positive("batch", batch);
    Checks.positive("calls", calls);
    Checks.notNegative("p50", p50);
    if (!(p95 >= p50)) {
      throw new IllegalArgumentException("p95 must be at least p50 = " + p50 + ", got " + p95);
    }
  }
}
