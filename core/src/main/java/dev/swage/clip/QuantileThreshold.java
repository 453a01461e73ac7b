package dev.swage.clip;

import java.util.Locale;
import java.util.Map;

/**
 * Quantile tracking: after each step {@code c ← c·exp(−η·(b − γ))}, b being 1 if the norm was at
 * most c and 0 if it was above, within [least, greatest]: in the long run a share γ of the steps is
 * not clipped. As in differentially private training, without its noise (σ_b = 0).
 *
 * @see <a href="https://arxiv.org/abs/1905.03871">Andrew, Thakkar, McMahan, Ramaswamy:
 *     Differentially private learning with adaptive clipping (2021)</a>
 */
final class QuantileThreshold implements AdaptiveThreshold {
  private static final String THRESHOLD = "threshold";

  private final double quantile;
  private final double rate;
  private final double initial;
  private final double least;
  private final double greatest;
  private double threshold;

  QuantileThreshold(double quantile, double rate, double initial, double least, double greatest) {
    Settings.inside("clip quantile", quantile, 0, 1);
    Settings.positive("clip rate", rate);
    Settings.positive("least clip threshold", least);
    Settings.positive("greatest clip threshold", greatest);
    if (!(initial >= least && initial <= greatest)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "initial clip threshold must lie between %s and %s, got %s",
              least,
              greatest,
              initial));
    }
    this.quantile = quantile;
    this.rate = rate;
    this.initial = initial;
    this.least = least;
    this.greatest = greatest;
    this.threshold = initial;
  }

  @Override
  public String method() {
    return "quantile";
  }

  @Override
  public String describe() {
    return String.format(
        Locale.ROOT,
        "quantile %s at rate %s from %s, in [%s, %s]",
        quantile,
        rate,
        initial,
        least,
        greatest);
  }

  @Override
  public double next(double norm) {
    double bound = threshold;
    double unclipped = norm <= bound ? 1 : 0;
    threshold = Math.clamp(bound * Math.exp(-rate * (unclipped - quantile)), least, greatest);
    return bound;
  }

  @Override
  public Map<String, double[]> state() {
    return Map.of(THRESHOLD, new double[] {threshold});
  }

  @Override
  public void restore(ClipState state) {
    threshold = state.expect(THRESHOLD).number(THRESHOLD);
  }

  @Override
  public void reset() {
    threshold = initial;
  }
}
