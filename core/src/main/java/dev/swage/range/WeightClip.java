package dev.swage.range;

import java.util.Locale;

/**
 * Limits every element of a weight to [−c, c] after each update, in the optimizer's own pass:
 * {@code p ← max(−c, min(c, p))}. Neither the gradient nor the optimizer's state is changed. NaN
 * stays NaN.
 *
 * @see <a href="https://arxiv.org/abs/2006.13977">Stutz et al.: Bit error robustness (weight
 *     clipping)</a>
 */
public sealed interface WeightClip extends RangeControl {
  /**
   * c for a weight.
   *
   * @param std standard deviation of the weight's elements when it was last measured
   * @return > 0; +∞ for no limit
   */
  double limit(double std);

  /** The same c for every weight. */
  static WeightClip absolute(double c) {
    return new Absolute(c);
  }

  /** {@code c = k·σ} of each weight. */
  static WeightClip sigma(double k) {
    return new Sigma(k);
  }

  /**
   * @param c > 0
   */
  record Absolute(double c) implements WeightClip {
    public Absolute {
      Bounds.positive("weight clip absolute", c);
    }

    @Override
    public double limit(double std) {
      return c;
    }

    @Override
    public String describe() {
      return String.format(Locale.ROOT, "weight clip %s", c);
    }
  }

  /**
   * {@code c = k·σ} with the standard deviation of the weight, measured before the first update and
   * before every 25th one. A weight whose elements are all the same has no limit.
   *
   * @param k > 1: no values lie within fewer standard deviations, and the limit would go to 0
   */
  record Sigma(double k) implements WeightClip {
    public Sigma {
      if (!(k > 1) || Double.isInfinite(k)) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "weight clip sigma must be finite and > 1, got %s: no weights lie within 1 sigma, and the limit would shrink to 0",
                k));
      }
    }

    @Override
    public double limit(double std) {
      return std > 0 ? k * std : Double.POSITIVE_INFINITY;
    }

    @Override
    public String describe() {
      return String.format(Locale.ROOT, "weight clip %s sigma", k);
    }
  }
}
