package dev.swage.cli.finetune;

import dev.swage.run.score.Evaluation;
import dev.swage.train.Metric;
import dev.swage.train.Score;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A score in words. */
final class ScoreLine {
  private ScoreLine() {}

  /** What ONNX Runtime's outputs are worth. */
  static String of(Evaluation evaluation) {
    List<String> parts = new ArrayList<>();
    evaluation.loss().ifPresent(loss -> parts.add("loss %.4f".formatted(loss.value())));
    evaluation.accuracy().ifPresent(share -> parts.add("accuracy %.2f %%".formatted(100 * share)));
    return String.join(", ", parts);
  }

  /** {@code loss 0.0312, accuracy 98.90 %, f1 0.9889}. */
  static String of(Score score) {
    List<String> parts = new ArrayList<>();
    parts.add("loss %.4f".formatted(score.loss()));
    score.accuracy().ifPresent(accuracy -> parts.add("accuracy %.2f %%".formatted(100 * accuracy)));
    for (Map.Entry<Metric, Double> figure : new TreeMap<>(score.figures()).entrySet()) {
      parts.add("%s %.4f".formatted(figure.getKey().word(), figure.getValue()));
    }
    return String.join(", ", parts);
  }
}
