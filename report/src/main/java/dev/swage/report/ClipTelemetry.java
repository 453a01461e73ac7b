package dev.swage.report;

import java.util.List;

/**
 * What clipping did, looked at closely.
 *
 * @param coefficients how hard the steps were clipped
 * @param norms every parameter's gradient norm over the run
 * @param spikes the steps whose norm stood out most, the largest first
 */
public record ClipTelemetry(List<CoefficientBin> coefficients, HeatMap norms, List<Spike> spikes) {
  /** Of a run whose steps were not recorded. */
  public static final ClipTelemetry EMPTY =
      new ClipTelemetry(List.of(), new HeatMap(1, List.of()), List.of());

  public ClipTelemetry {
    coefficients = List.copyOf(coefficients);
    spikes = List.copyOf(spikes);
  }

  /**
   * Steps with coefficients in [{@code from}, {@code below}); the last bin, from 1, holds the steps
   * that were not clipped.
   */
  public record CoefficientBin(double from, double below, long steps) {
    public CoefficientBin {
      Checks.notNegative("steps", steps);
    }
  }

  /**
   * The largest norm of each parameter in each column of neighbouring steps.
   *
   * @param stepsPerColumn how many steps a column covers
   * @param rows one for each parameter, all of the same length
   */
  public record HeatMap(long stepsPerColumn, List<Row> rows) {
    public HeatMap {
      Checks.positive("stepsPerColumn", stepsPerColumn);
      rows = List.copyOf(rows);
      for (Row row : rows) {
        Checks.size("norms of " + row.parameter(), row.norms(), rows.getFirst().norms().size());
      }
    }

    /** A parameter's norms, column by column. */
    public record Row(String parameter, List<Double> norms) {
      public Row {
        norms = List.copyOf(norms);
      }
    }
  }

  /**
   * A step whose norm was many times that of the steps before it.
   *
   * @param step from 0
   * @param epoch from 1
   * @param norm before clipping; NaN where it was not finite
   * @param timesMedian the norm over the median of the steps before
   * @param topParameter the parameter with the largest share of the squared norm; empty if none
   * @param samples numbers of the batch's samples in the training data
   */
  public record Spike(
      long step,
      int epoch,
      double norm,
      double timesMedian,
      String topParameter,
      List<Integer> samples) {
    public Spike {
      samples = List.copyOf(samples);
    }
  }
}
