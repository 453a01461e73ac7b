package dev.swage.range;

import java.util.Locale;

/** A term of the loss that grows with the range of the weights. */
public sealed interface RangePenalty extends RangeControl {
  /** λ, by which the term is multiplied. */
  double weight();

  /** KURE with its published settings, target 1.8 and λ = 1. */
  static RangePenalty kure() {
    return new Kure(Kure.UNIFORM, 1);
  }

  /** An R² loss. */
  static RangePenalty r2(R2.Kind kind, double weight) {
    return new R2(kind, weight);
  }

  /**
   * Kurtosis regularization: {@code λ · mean_l (kurt(W_l) − target)²} over the weights it controls,
   * with {@code kurt = (Σ d⁴ / n) / (Σ d² / n)²}, d the distance from the weight's mean. A weight
   * whose elements are all the same has no kurtosis and adds nothing.
   *
   * @param target ≥ 1, for no kurtosis is smaller; 1.8 is that of a uniform distribution, 3 of a
   *     Gaussian
   * @param weight λ > 0; 1 as published
   * @see <a href="https://arxiv.org/abs/2002.07686">Shkolnik et al.: Robust quantization (2020)</a>
   */
  record Kure(double target, double weight) implements RangePenalty {
    /** The kurtosis of a uniform distribution. */
    public static final double UNIFORM = 1.8;

    public Kure {
      if (!(target >= 1) || Double.isInfinite(target)) {
        throw new IllegalArgumentException(
            "kure target must be finite and >= 1, for no kurtosis is smaller, got " + target);
      }
      Bounds.positive("kure weight", weight);
    }

    @Override
    public String describe() {
      return String.format(Locale.ROOT, "kure target %s weight %s", target, weight);
    }
  }

  /**
   * Range restriction losses, summed over the weights they control.
   *
   * @param weight λ > 0
   * @see <a href="https://arxiv.org/abs/2303.08253">Kundu et al.: R2 Loss (2023)</a>
   */
  record R2(Kind kind, double weight) implements RangePenalty {
    /** Which loss. */
    public enum Kind {
      /** {@code λ · Σ_l max|W_l|}; elements that share the maximum share its gradient. */
      LINF("linf"),
      /**
       * {@code λ · Σ_l (M_l + Σ_i max(|w_i| − M_l, 0))}. The margin M starts at max|W| and is
       * learned with the step's learning rate, from its gradient {@code λ·(1 − how many lie above)}
       * limited to [−λ, λ]: it sinks while none lies above it, rests below one, and rises below
       * more. What lies above is pushed down by λ.
       */
      MARGIN("margin"),
      /**
       * {@code λ · Σ_l (s_max − s_min + e^(−α))}, {@code s_max = Σ w·e^(αw) / Σ e^(αw)} and s_min
       * the same with −α. α starts at 1 and is learned by gradient descent with the step's learning
       * rate.
       */
      SOFT_MIN_MAX("soft-min-max");

      private final String symbol;

      Kind(String symbol) {
        this.symbol = symbol;
      }

      /** As recipes have it. */
      public String symbol() {
        return symbol;
      }
    }

    public R2 {
      Bounds.positive("r2 weight", weight);
    }

    @Override
    public String describe() {
      return String.format(Locale.ROOT, "r2 %s weight %s", kind.symbol(), weight);
    }
  }
}
