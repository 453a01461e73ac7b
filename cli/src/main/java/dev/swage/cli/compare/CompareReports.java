package dev.swage.cli.compare;

import dev.swage.cli.console.ModelFiles;
import dev.swage.cli.console.Origins;
import dev.swage.report.CompareReport;
import dev.swage.report.ModelResult;
import dev.swage.run.score.Comparison;
import java.util.OptionalDouble;

/** A comparison as a record for reports. */
final class CompareReports {
  private CompareReports() {}

  static CompareReport of(Comparison comparison, String data) {
    return new CompareReport(
        Origins.now(),
        side(comparison.reference(), OptionalDouble.empty()),
        side(comparison.candidate(), OptionalDouble.of(comparison.speedup())),
        comparison.agreement(),
        OutputResults.of(comparison.fidelity()),
        comparison
            .fidelity()
            .worst()
            .map(worst -> OptionalDouble.of(worst.part().sqnrDb()))
            .orElse(OptionalDouble.empty()),
        comparison.layers().stream()
            .map(
                layer -> new CompareReport.Layer(layer.value(), layer.sqnrDb(), layer.maxAbsDiff()))
            .toList(),
        data,
        comparison.samples());
  }

  private static ModelResult side(Comparison.Side side, OptionalDouble speedup) {
    return ModelResults.of(
        ModelFiles.name(side.path()),
        side.path().toString(),
        side.bytes(),
        side.evaluation(),
        side.latency(),
        speedup);
  }
}
