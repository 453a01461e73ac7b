package dev.swage.train;

import java.util.OptionalDouble;

/**
 * How well a model does on some samples.
 *
 * @param loss the mean loss
 * @param accuracy share of labels met, in [0, 1]; empty for losses that do not classify
 * @param samples number of samples
 */
public record Score(double loss, OptionalDouble accuracy, long samples) {
  /** A cross-entropy in bits: per character or word of a text. */
  public double bits() {
    return loss / Math.log(2);
  }

  /** {@code exp(loss)}: among so many equally likely answers a cross-entropy chooses. */
  public double perplexity() {
    return Math.exp(loss);
  }
}
