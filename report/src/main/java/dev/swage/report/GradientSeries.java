package dev.swage.report;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/**
 * Gradient norm against threshold over all steps, narrow enough to draw: neighbouring steps share a
 * column that keeps their extremes and their median, so that no spike is lost however long the run.
 *
 * @param steps how many steps the columns cover together
 * @param columns in order of steps, without gaps
 */
public record GradientSeries(long steps, List<Column> columns) {
  /** Wide enough for a page; a few kilobytes of JSON. */
  public static final int DEFAULT_COLUMNS = 400;

  /** A run without recorded gradients. */
  public static final GradientSeries EMPTY = new GradientSeries(0, List.of());

  public GradientSeries {
    columns = List.copyOf(columns);
  }

  /**
   * Some neighbouring steps.
   *
   * @param firstStep from 0, inclusive
   * @param lastStep inclusive
   * @param min smallest finite norm before clipping; NaN when none is finite, as the next two
   * @param median of the finite norms
   * @param max largest finite norm
   * @param threshold in force at the last step; +∞ when nothing clips
   * @param clipped steps whose gradients were changed
   * @param nonFinite steps whose norm was NaN or infinite
   */
  public record Column(
      long firstStep,
      long lastStep,
      double min,
      double median,
      double max,
      @JsonDeserialize(using = JsonNumbers.NullIsInfinity.class) double threshold,
      long clipped,
      long nonFinite) {
    /** Number of steps in the column. */
    public long steps() {
      return lastStep - firstStep + 1;
    }
  }

  /**
   * Narrows one record per step to at most {@code maxColumns} columns of (nearly) equal width.
   * O(steps · log) time.
   *
   * @param norms before clipping, by step
   * @param thresholds in force, by step; +∞ when nothing clips
   * @param clipped the steps whose gradients were changed
   */
  public static GradientSeries of(
      double[] norms, double[] thresholds, BitSet clipped, int maxColumns) {
    if (norms.length != thresholds.length || clipped.length() > norms.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "norms, thresholds and clipped must cover the same steps, got %d, %d and %d",
              norms.length,
              thresholds.length,
              clipped.length()));
    }
    Checks.positive("maxColumns", maxColumns);
    int count = Math.min(maxColumns, norms.length);
    List<Column> columns = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int from = (int) ((long) norms.length * i / count);
      int to = (int) ((long) norms.length * (i + 1) / count);
      double[] finite = Arrays.stream(norms, from, to).filter(Double::isFinite).sorted().toArray();
      columns.add(column(from, to, finite, thresholds[to - 1], clipped));
    }
    return new GradientSeries(norms.length, columns);
  }

  private static Column column(
      int from, int to, double[] sorted, double threshold, BitSet clipped) {
    int n = sorted.length;
    double median = n == 0 ? Double.NaN : (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    return new Column(
        from,
        to - 1L,
        n == 0 ? Double.NaN : sorted[0],
        median,
        n == 0 ? Double.NaN : sorted[n - 1],
        threshold,
        clipped.get(from, to).cardinality(),
        to - from - n);
  }
}
