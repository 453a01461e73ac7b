package dev.swage.cli.quantize;

import dev.swage.compress.Conversion;
import dev.swage.compress.proof.Agreement;
import dev.swage.graph.Prepared;
import dev.swage.graph.Rewrite;
import dev.swage.report.QuantizeReport.PreparationStep;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/** What was done to a graph before quantization, in a line and as records for reports. */
final class Preparations {
  private Preparations() {}

  /** Nothing when nothing was done. */
  static Optional<String> line(Prepared prepared, Optional<Agreement> agreement) {
    String summary = prepared.summary();
    if (summary.isEmpty()) {
      return Optional.empty();
    }
    String checked =
        agreement
            .map(Preparations::describe)
            .orElse("not compared: the model runs on no inputs that were tried");
    return Optional.of("prepared: %s (%s)".formatted(summary, checked));
  }

  private static String describe(Agreement agreement) {
    return agreement.maxRelativeDifference() == 0
        ? String.format(Locale.ROOT, "outputs equal on %d inputs", agreement.runs())
        : String.format(
            Locale.ROOT,
            "outputs within %.1e of the original's on %d inputs%s",
            agreement.maxRelativeDifference(),
            agreement.runs(),
            agreement.runtimeDifference().isPresent()
                ? String.format(
                    Locale.ROOT,
                    "; ONNX Runtime's own optimizer changes '%s' by %.1e",
                    agreement.worstOutput(),
                    agreement.runtimeDifference().getAsDouble())
                : "");
  }

  static List<PreparationStep> steps(Prepared prepared) {
    return prepared.rewrites().stream().map(Preparations::step).toList();
  }

  private static PreparationStep step(Rewrite rewrite) {
    return new PreparationStep(
        rewrite.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'),
        rewrite.nodes(),
        rewrite.tensors(),
        rewrite.detail());
  }

  static OptionalDouble difference(Conversion conversion) {
    return conversion.agreement().stream().mapToDouble(Agreement::maxRelativeDifference).findAny();
  }
}
