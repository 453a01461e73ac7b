package dev.swage.cli.finetune;

import dev.swage.cli.console.Origins;
import dev.swage.data.HoldOut;
import dev.swage.report.EpochPoint;
import dev.swage.report.FinetuneReport;
import dev.swage.report.FinetuneReport.ValidationScore;
import dev.swage.train.ConfusionMatrix;
import dev.swage.train.EpochRecord;
import dev.swage.train.Score;
import dev.swage.train.TrainingRun;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** What {@code finetune} did, as a report. */
final class FinetuneReports {
  private static final int MOST_CLASSES = 100;

  private FinetuneReports() {}

  static FinetuneReport of(
      Path source,
      Path out,
      String data,
      HoldOut parts,
      TrainingRun run,
      Optional<Score> before,
      Score after) {
    List<EpochRecord> epochs = run.history().epochs();
    return new FinetuneReport(
        Origins.now(),
        source.toString(),
        out.toString(),
        data,
        parts.rest().size(),
        run.plan().parameters(),
        parts.rest().classNames(),
        before.map(FinetuneReports::score),
        score(after),
        epochs.stream().map(FinetuneReports::point).toList(),
        epochs.stream().mapToDouble(EpochRecord::seconds).sum());
  }

  /** What codes the file holds, and why these. */
  static FinetuneReport.Codes codes(QuantizedTuning.Result result) {
    return new FinetuneReport.Codes(
        result.plan(),
        result.method().word(),
        score(result.untrained()),
        score(result.best()),
        result.better() ? "trained" : "untrained",
        result.better()
            ? "the best epoch is better than the codes untrained"
            : "no epoch was better than the codes untrained",
        result.conversion().bytesAfter(),
        result.conversion().sizeRatio());
  }

  private static ValidationScore score(Score score) {
    Map<String, Double> figures = new TreeMap<>();
    score.figures().forEach((metric, value) -> figures.put(metric.word(), value));
    return new ValidationScore(
        score.loss(),
        score.accuracy(),
        figures,
        score
            .confusion()
            .filter(matrix -> matrix.classes() <= MOST_CLASSES)
            .map(ConfusionMatrix::rows)
            .orElse(List.of()));
  }

  private static EpochPoint point(EpochRecord epoch) {
    return new EpochPoint(
        epoch.epoch(),
        epoch.training().loss(),
        epoch.validation().map(v -> OptionalDouble.of(v.loss())).orElse(OptionalDouble.empty()),
        epoch
            .validation()
            .flatMap(v -> boxed(v.accuracy()))
            .map(OptionalDouble::of)
            .orElse(OptionalDouble.empty()),
        epoch.learningRate());
  }

  private static Optional<Double> boxed(OptionalDouble value) {
    return value.isPresent() ? Optional.of(value.getAsDouble()) : Optional.empty();
  }
}
