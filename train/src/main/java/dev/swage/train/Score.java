package dev.swage.train;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How well a model does on some samples.
 *
 * @param loss the mean loss
 * @param accuracy share of labels met, in [0, 1]; empty for losses that do not classify
 * @param samples number of samples
 * @param figures other metrics that loss and data have; none while training
 * @param confusion classes against what the model said of them; empty for values, and for many
 *     classes, and in records of epochs
 */
public record Score(
    double loss,
    OptionalDouble accuracy,
    long samples,
    Map<Metric, Double> figures,
    Optional<ConfusionMatrix> confusion) {
  public Score {
    figures = figures.isEmpty() ? Map.of() : Map.copyOf(new EnumMap<>(figures));
  }

  /** Without other metrics. */
  public Score(double loss, OptionalDouble accuracy, long samples) {
    this(loss, accuracy, samples, Map.of(), Optional.empty());
  }

  /** As records of epochs have it. */
  Score withoutConfusion() {
    return new Score(loss, accuracy, samples, figures, Optional.empty());
  }

  /** A cross-entropy in bits: per character or word of a text. */
  public double bits() {
    return loss / Math.log(2);
  }

  /** {@code exp(loss)}: among so many equally likely answers a cross-entropy chooses. */
  public double perplexity() {
    return Math.exp(loss);
  }
}
