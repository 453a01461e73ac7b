package dev.swage.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Arrays;
import java.util.List;

/**
 * What {@code bench} measured: pairs, each measured alternately in one run.
 *
 * @param results one for each pair
 */
public record BenchReport(Origin origin, List<Pair> results) implements Report {
  public BenchReport {
    results = List.copyOf(results);
  }

  /**
   * Two ways of doing the same thing.
   *
   * @param name of the measurement
   * @param ours what Swage does
   * @param theirs what it is measured against
   */
  public record Pair(String name, Side ours, Side theirs) {
    /** Their median over ours: how many times as fast ours is. */
    @JsonProperty(access = JsonProperty.Access.READ_ONLY)
    public double ratio() {
      return theirs.median() / ours.median();
    }
  }

  /**
   * One side of a pair.
   *
   * @param what in words
   * @param unit of the samples, a time: smaller is better, as {@code ms}
   * @param samples in the order measured
   */
  public record Side(String what, String unit, List<Double> samples) {
    public Side {
      samples = List.copyOf(samples);
      if (samples.isEmpty()) {
        throw new IllegalArgumentException(what + " has no samples");
      }
    }

    /** The middle sample, or the mean of the middle two. */
    @JsonProperty(access = JsonProperty.Access.READ_ONLY)
    public double median() {
      double[] sorted = samples.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      int n = sorted.length;
      return Arrays.stream(sorted, (n - 1) / 2, n / 2 + 1).average().orElseThrow();
    }
  }
}
