package dev.swage.train;

/** A figure of merit on validation data. */
public enum Metric {
  /** The loss; smaller is better. */
  LOSS,
  /**
   * Share of labels met, in [0, 1]: the largest class, or for binary losses the side of probability
   * ½; larger is better. Only of losses that classify.
   */
  ACCURACY;

  double of(Score score) {
    return switch (this) {
      case LOSS -> score.loss();
      case ACCURACY ->
          score
              .accuracy()
              .orElseThrow(() ->
                  new TrainingException(
                      "accuracy needs a loss that classifies; monitor Metric.LOSS"));
    };
  }

  /** Whether {@code value} is better than {@code best} by more than {@code margin}. */
  boolean improves(double value, double best, double margin) {
    return this == LOSS ? value < best - margin : value > best + margin;
  }

  double worst() {
    return this == LOSS ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
  }
}
