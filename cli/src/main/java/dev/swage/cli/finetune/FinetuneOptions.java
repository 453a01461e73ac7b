package dev.swage.cli.finetune;

import dev.swage.cli.console.Counts;
import dev.swage.cli.console.UsageException;
import dev.swage.cli.recipe.ClipText;
import dev.swage.cli.recipe.LossReader;
import dev.swage.data.Suggestion;
import dev.swage.train.Loss;
import dev.swage.train.Metric;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/** How {@code finetune} trains. */
final class FinetuneOptions {
  @Option(
      names = "--validation",
      paramLabel = "DATA",
      description = "What the model is scored on after each epoch (default: a tenth of DATA).")
  private Optional<String> validation = Optional.empty();

  @Option(
      names = "--head",
      paramLabel = "OUTPUTS",
      description = {
        "Give the model a new last layer with so many outputs: in the place of the old one, or",
        "behind an encoder. Its weights are called head.weight and head.bias."
      })
  private Optional<Integer> head = Optional.empty();

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description = "Take weights from a safetensors file, by name and shape.")
  private Optional<Path> weights = Optional.empty();

  @Option(
      names = "--rename",
      paramLabel = "FROM=TO",
      description = "A name in the safetensors file is another in the model; TO^T is transposed.")
  private Map<String, String> renames = new LinkedHashMap<>();

  @Option(
      names = "--train",
      paramLabel = "PATTERN",
      description = "Train only weights whose name, or reader's name, matches; may be repeated.")
  private List<String> train = List.of();

  @Option(
      names = "--freeze",
      paramLabel = "PATTERN",
      description = "Leave weights that match as they are; may be repeated.")
  private List<String> freeze = List.of();

  @Option(names = "--freeze-statistics", description = "Batch norm keeps its running statistics.")
  private boolean freezeStatistics;

  @Option(
      names = "--loss",
      paramLabel = "LOSS",
      description = "As in recipes (default: cross-entropy for classes, mean-squared-error else).")
  private Optional<String> loss = Optional.empty();

  @Option(
      names = "--label-smoothing",
      paramLabel = "E",
      description = "Spread this part of the probability over all classes.")
  private Optional<Double> smoothing = Optional.empty();

  @Option(
      names = "--lr",
      paramLabel = "RATE",
      description = "Learning rate (default: 0.001; 0.00005 from 5 million trained weights on).")
  private Optional<Double> rate = Optional.empty();

  @Option(
      names = "--epochs",
      paramLabel = "COUNT",
      description = "Passes over the data (default: 10; 3 from 5 million trained weights on).")
  private Optional<Integer> epochs = Optional.empty();

  @Option(
      names = "--batch",
      paramLabel = "SAMPLES",
      description =
          "Samples per batch (default: 32, or all where there are fewer, or what the model fixes).")
  private Optional<Integer> batch = Optional.empty();

  @Option(
      names = "--accumulate",
      paramLabel = "BATCHES",
      description =
          "Batches per optimizer step (default: 1; of a model that fixes them, 32 samples).")
  private Optional<Integer> accumulate = Optional.empty();

  @Option(
      names = "--clip",
      paramLabel = "SPEC",
      description =
          "As train.clip in recipes; a number is a global norm (default: ${DEFAULT-VALUE}).")
  private String clip = "1.0";

  @Option(
      names = "--metric",
      paramLabel = "METRIC",
      description = "What decides which epoch is the best: loss, accuracy, f1, … (default: loss).")
  private Optional<String> metric = Optional.empty();

  @Option(
      names = "--patience",
      paramLabel = "EPOCHS",
      description = "Stop after so many epochs without a better one (default: ${DEFAULT-VALUE}).")
  private int patience = 3;

  @Option(
      names = "--average",
      paramLabel = "DECAY",
      description = "Ship a moving average of the weights, as with 0.999.")
  private Optional<Double> average = Optional.empty();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of the head's weights, shuffling, dropout and the cut (default: 0).")
  private long seed;

  /**
   * Refuses what cannot be, before anything is read.
   *
   * @throws UsageException naming the option
   */
  void check() {
    head();
    rate();
    epochs();
    batch();
    accumulate();
    patience();
    metric();
    loss();
    smoothing();
    average();
    ClipText.read(clip);
    if (!renames.isEmpty() && weights.isEmpty()) {
      throw new UsageException("--rename belongs to --weights");
    }
  }

  Optional<String> validation() {
    return validation;
  }

  Optional<Integer> head() {
    head.ifPresent(count -> Counts.atLeastOne("--head", count));
    return head;
  }

  Optional<Path> weights() {
    return weights;
  }

  Map<String, String> renames() {
    return renames;
  }

  String[] train() {
    return train.toArray(String[]::new);
  }

  String[] freeze() {
    return freeze.toArray(String[]::new);
  }

  boolean freezesStatistics() {
    return freezeStatistics;
  }

  /** The loss of the name that was typed; empty where it goes without saying. */
  Optional<Loss> loss() {
    return loss.map(name -> {
      Supplier<Loss> known = LossReader.byName().get(name);
      if (known == null) {
        throw unknown("--loss", name, LossReader.byName().keySet());
      }
      return known.get();
    });
  }

  Optional<Double> smoothing() {
    smoothing.ifPresent(value -> fraction("--label-smoothing", value));
    return smoothing;
  }

  Optional<Double> rate() {
    rate.ifPresent(value -> {
      if (!(value > 0) || value.isInfinite()) {
        throw new UsageException("--lr must be a number above 0, got " + value);
      }
    });
    return rate;
  }

  Optional<Integer> epochs() {
    epochs.ifPresent(count -> Counts.atLeastOne("--epochs", count));
    return epochs;
  }

  Optional<Integer> batch() {
    batch.ifPresent(count -> Counts.atLeastOne("--batch", count));
    return batch;
  }

  Optional<Integer> accumulate() {
    accumulate.ifPresent(count -> Counts.atLeastOne("--accumulate", count));
    return accumulate;
  }

  String clip() {
    return clip;
  }

  Metric metric() {
    if (metric.isEmpty()) {
      return Metric.LOSS;
    }
    Map<String, Metric> known = Metric.byWord();
    return Optional.ofNullable(known.get(metric.get()))
        .orElseThrow(() -> unknown("--metric", metric.get(), known.keySet()));
  }

  private static UsageException unknown(String option, String word, Collection<String> known) {
    return new UsageException(
        "%s: unknown '%s'; %s".formatted(option, word, Suggestion.forWord(word, known)));
  }

  int patience() {
    return Counts.atLeastOne("--patience", patience);
  }

  Optional<Double> average() {
    average.ifPresent(value -> fraction("--average", value));
    return average;
  }

  long seed() {
    return seed;
  }

  private static void fraction(String option, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new UsageException(option + " must be in [0, 1), got " + value);
    }
  }
}
