package dev.swage.train;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A figure of merit on validation data. */
public enum Metric {
  /** The loss; smaller is better. */
  LOSS(false, Kind.ANY),
  /**
   * Share of labels met, in [0, 1]: the largest class, or for binary losses the side of probability
   * ½; larger is better.
   */
  ACCURACY(true, Kind.CLASSES),
  /** Share of labels among the five largest classes; larger is better. */
  TOP_5_ACCURACY(true, Kind.CLASSES),
  /**
   * {@code 2·tp / (2·tp + fp + fn)}: of class 1 where there are two classes, else the mean over the
   * classes that occur; larger is better.
   */
  F1(true, Kind.CLASSES),
  /**
   * The area under the ROC curve of two classes: how often a sample of class 1 has a larger score
   * than one of class 0, ties counting half; larger is better.
   */
  ROC_AUC(true, Kind.CLASSES),
  /** {@code exp(loss)} of a cross-entropy; smaller is better. */
  PERPLEXITY(false, Kind.CLASSES),
  /** Mean of {@code |y − t|}; smaller is better. */
  MEAN_ABSOLUTE_ERROR(false, Kind.VALUES),
  /** {@code 1 − Σ(y − t)² / Σ(t − mean t)²}; larger is better. */
  R2(true, Kind.VALUES);

  /** What a loss must tell apart for a metric to have a meaning. */
  private enum Kind {
    ANY,
    CLASSES,
    VALUES
  }

  private final boolean largerIsBetter;
  private final Kind kind;

  Metric(boolean largerIsBetter, Kind kind) {
    this.largerIsBetter = largerIsBetter;
    this.kind = kind;
  }

  /** Its name in recipes and tables: {@code roc-auc}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** All metrics by their names, in the order of these. */
  public static Map<String, Metric> byWord() {
    Map<String, Metric> metrics = new TreeMap<>();
    for (Metric metric : values()) {
      metrics.put(metric.word(), metric);
    }
    return metrics;
  }

  /** Whether a larger value is a better one. */
  public boolean largerIsBetter() {
    return largerIsBetter;
  }

  /** Whether a model with this loss has the metric. */
  public boolean fits(Loss loss) {
    return kind == Kind.ANY || loss.classifies() == (kind == Kind.CLASSES);
  }

  /**
   * Its value in a score.
   *
   * @throws TrainingException if the score does not have it
   */
  public double of(Score score) {
    return switch (this) {
      case LOSS -> score.loss();
      case PERPLEXITY -> score.perplexity();
      case ACCURACY ->
          score
              .accuracy()
              .orElseThrow(() ->
                  new TrainingException(
                      "accuracy needs a loss that classifies; monitor Metric.LOSS"));
      default -> {
        Double value = score.figures().get(this);
        if (value == null) {
          throw new TrainingException(
              "%s cannot be computed on this data; monitor Metric.LOSS".formatted(word()));
        }
        yield value;
      }
    };
  }

  /** Whether {@code value} is better than {@code best} by more than {@code margin}. */
  boolean improves(double value, double best, double margin) {
    return largerIsBetter ? value > best + margin : value < best - margin;
  }

  /** Whether a value is at least as good as a target. */
  boolean reaches(double value, double target) {
    return largerIsBetter ? value >= target : value <= target;
  }

  double worst() {
    return largerIsBetter ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
  }
}
