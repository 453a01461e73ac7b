package dev.swage.cli.train;

import dev.swage.clip.NormMap;
import dev.swage.report.ClipTelemetry;
import dev.swage.report.ClipTelemetry.CoefficientBin;
import dev.swage.report.ClipTelemetry.HeatMap;
import dev.swage.train.TrainingHistory;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/** A run's clipping, looked at closely, as records for reports. */
final class Telemetry {
  private static final double[] EDGES = {0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 1};

  private Telemetry() {}

  static ClipTelemetry of(TrainingHistory history, List<ClipTelemetry.Spike> spikes) {
    return new ClipTelemetry(bins(history.clip().coefficients()), map(history.norms()), spikes);
  }

  private static List<CoefficientBin> bins(double[] coefficients) {
    List<CoefficientBin> bins = new ArrayList<>();
    for (int i = 0; i < EDGES.length; i++) {
      double from = EDGES[i];
      double below = i + 1 < EDGES.length ? EDGES[i + 1] : Double.POSITIVE_INFINITY;
      long steps = DoubleStream.of(coefficients).filter(c -> c >= from && c < below).count();
      bins.add(new CoefficientBin(from, Math.min(below, 1), steps));
    }
    return bins;
  }

  private static HeatMap map(NormMap norms) {
    List<HeatMap.Row> rows = new ArrayList<>();
    norms.rows().forEach((parameter, row) -> rows.add(new HeatMap.Row(parameter, row)));
    return new HeatMap(norms.stepsPerColumn(), rows);
  }
}
