package dev.swage.cli.recipe;

import dev.swage.data.yaml.YamlValue;
import dev.swage.train.Loss;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Reads {@code train.loss} and what belongs to it. */
public final class LossReader {
  private static final Map<String, Supplier<Loss>> LOSSES = losses();

  private LossReader() {}

  static Loss read(YamlValue.Entries entries) {
    YamlValue value = entries.require("loss");
    Loss loss = loss(value);
    return balanced(entries, loss);
  }

  /** The loss of this name. */
  public static Map<String, Supplier<Loss>> byName() {
    return LOSSES;
  }

  private static Loss balanced(YamlValue.Entries entries, Loss loss) {
    Optional<YamlValue> smoothing = entries.get("label-smoothing");
    Optional<YamlValue> weights = entries.get("class-weights");
    Loss smoothed = smoothing.isPresent() ? smoothed(loss, smoothing.get()) : loss;
    return weights.isPresent() ? weighed(smoothed, weights.get()) : smoothed;
  }

  private static Loss smoothed(Loss loss, YamlValue value) {
    Loss.CrossEntropy plain = crossEntropy(loss, value);
    return TrainingReader.checked(value, () -> plain.labelSmoothing(value.number()));
  }

  private static Loss weighed(Loss loss, YamlValue value) {
    Loss.CrossEntropy plain = crossEntropy(loss, value);
    List<Double> weights = value.items().stream().map(YamlValue::number).toList();
    return TrainingReader.checked(value, () -> plain.classWeights(weights));
  }

  private static Loss.CrossEntropy crossEntropy(Loss loss, YamlValue value) {
    if (loss instanceof Loss.CrossEntropy plain) {
      return plain;
    }
    throw value.error(value.key() + " is for cross-entropy, got " + loss.describe());
  }

  private static Map<String, Supplier<Loss>> losses() {
    Map<String, Supplier<Loss>> losses = new LinkedHashMap<>();
    losses.put("binary-cross-entropy", Loss::binaryCrossEntropy);
    losses.put("binary-cross-entropy-logits", Loss::binaryCrossEntropyWithLogits);
    losses.put("cross-entropy", Loss::crossEntropy);
    losses.put("cross-entropy-logits", Loss::crossEntropyWithLogits);
    losses.put("cross-entropy-log-probabilities", Loss::crossEntropyWithLogProbabilities);
    losses.put("sequence-cross-entropy", Loss::sequenceCrossEntropy);
    losses.put("mean-squared-error", Loss::meanSquaredError);
    losses.put("huber", () -> Loss.huber(1));
    return losses;
  }

  private static Loss loss(YamlValue value) {
    if (value.isMap()) {
      YamlValue delta = value.entries(List.of("huber")).require("huber");
      return TrainingReader.checked(value, () -> Loss.huber(delta.number()));
    }
    return value.choice(LOSSES).get();
  }
}
