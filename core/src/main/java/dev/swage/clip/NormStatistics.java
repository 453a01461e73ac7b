package dev.swage.clip;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * The distribution of gradient norms over a run, and the thresholds it speaks for. Norms that are
 * not finite do not count.
 *
 * @see <a href="https://arxiv.org/abs/1211.5063">Pascanu et al. (2013): half to ten times the
 *     average norm</a>
 * @see <a href="https://arxiv.org/abs/2007.14469">Seetharaman et al., AutoClip (2020): a low
 *     percentile</a>
 */
public final class NormStatistics {
  private static final double[] MEAN_FACTORS = {0.5, 1, 2, 5, 10};

  private final double[] sorted;

  private NormStatistics(double[] sorted) {
    this.sorted = sorted;
  }

  public static NormStatistics of(double... norms) {
    return new NormStatistics(DoubleStream.of(norms).filter(Double::isFinite).sorted().toArray());
  }

  /** How many norms were finite. */
  public int count() {
    return sorted.length;
  }

  /** Linear between the two nearest ranks; NaN of nothing. */
  public double quantile(double q) {
    if (!(q >= 0 && q <= 1)) {
      throw new IllegalArgumentException("quantile must be in [0, 1], got " + q);
    }
    if (sorted.length == 0) {
      return Double.NaN;
    }
    double at = q * (sorted.length - 1);
    int below = (int) at;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
  }

  /** Minimum, lower quartile, median, upper quartile, maximum; NaN of nothing. */
  public List<Double> quartiles() {
    return DoubleStream.of(0, 0.25, 0.5, 0.75, 1).mapToObj(this::quantile).toList();
  }

  public double median() {
    return quantile(0.5);
  }

  public double mean() {
    return DoubleStream.of(sorted).average().orElse(Double.NaN);
  }

  public double largest() {
    return quantile(1);
  }

  /** Share of the norms above a threshold: what clipping by it would have clipped. */
  public double shareAbove(double threshold) {
    return sorted.length == 0
        ? 0
        : (double) DoubleStream.of(sorted).filter(norm -> norm > threshold).count() / sorted.length;
  }

  /** The usual rules of thumb, each with the share of these steps it would clip. */
  public List<Suggestion> suggestions() {
    List<Suggestion> suggestions = new ArrayList<>();
    add(suggestions, "median × 2", 2 * median());
    add(suggestions, "p10", quantile(0.1));
    add(suggestions, "p90", quantile(0.9));
    for (double factor : MEAN_FACTORS) {
      add(suggestions, "mean × " + text(factor), factor * mean());
    }
    return suggestions;
  }

  private void add(List<Suggestion> suggestions, String rule, double threshold) {
    if (threshold > 0 && Double.isFinite(threshold)) {
      suggestions.add(new Suggestion(rule, threshold, shareAbove(threshold)));
    }
  }

  /** Three digits, which is more than a threshold is known by. */
  static String text(double value) {
    return String.format(Locale.ROOT, "%.3g", value)
        .replaceFirst("(\\.\\d*?)0+$", "$1")
        .replaceFirst("\\.$", "");
  }

  /**
   * A threshold by a rule of thumb.
   *
   * @param rule in words
   * @param threshold > 0
   * @param clippedShare share of the observed steps above it
   */
  public record Suggestion(String rule, double threshold, double clippedShare) {}
}
