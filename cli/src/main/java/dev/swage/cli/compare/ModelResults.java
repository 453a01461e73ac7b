package dev.swage.cli.compare;

import dev.swage.report.Latency;
import dev.swage.report.ModelResult;
import dev.swage.run.score.Evaluation;
import dev.swage.run.time.LatencyStats;
import java.util.Optional;
import java.util.OptionalDouble;

/** What was measured of one model, as a record for reports. */
final class ModelResults {
  private ModelResults() {}

  /**
   * The latency is that of one sample, or of as many as the model's batch dimension fixes.
   *
   * @param speedup over the reference; empty of the reference itself
   */
  static ModelResult of(
      String name,
      String path,
      long bytes,
      Optional<Evaluation> evaluation,
      LatencyStats latency,
      OptionalDouble speedup) {
    int batch =
        evaluation.filter(Evaluation::batchFixedByModel).map(Evaluation::batchSize).orElse(1);
    return new ModelResult(
        name,
        path,
        bytes,
        evaluation.map(Evaluation::accuracy).orElse(OptionalDouble.empty()),
        evaluation
            .flatMap(Evaluation::loss)
            .map(loss -> OptionalDouble.of(loss.value()))
            .orElse(OptionalDouble.empty()),
        new Latency(latency.p50(), latency.p95(), batch, latency.runs()),
        speedup);
  }
}
