package dev.swage.clip;

import dev.swage.kernel.Reductions;

/**
 * Which norm of the gradient is bounded: {@code (Σ |g|ᵖ)^(1/p)}.
 *
 * @param p at least 1; +∞ for max |g|
 */
public record NormOrder(double p) {
  /** Σ |g|. */
  public static final NormOrder L1 = new NormOrder(1);

  /** √Σ g². */
  public static final NormOrder L2 = new NormOrder(2);

  /** max |g|. */
  public static final NormOrder MAX = new NormOrder(Double.POSITIVE_INFINITY);

  public NormOrder {
    if (!(p >= 1)) {
      throw new IllegalArgumentException("the order of a norm must be >= 1, or inf, got " + p);
    }
  }

  /** The norm of order p; any but 1, 2 and ∞ costs a power for each element. */
  public static NormOrder of(double p) {
    return new NormOrder(p);
  }

  /** As in {@code ‖g‖₁}: 1, 2, 2.5 or inf. */
  public String symbol() {
    if (Double.isInfinite(p)) {
      return "inf";
    }
    return p == Math.rint(p) && p < 1e9 ? Long.toString((long) p) : Double.toString(p);
  }

  /** Of every tensor Σ |g| for order 1, Σ g² for 2, otherwise its norm. */
  double[] parts(Gradients gradients) {
    return gradients.measured(this).measure().parts(this);
  }

  /** The norm of tensors with these parts, taken together. */
  double norm(double[] parts) {
    if (p == 2) {
      return Math.sqrt(Reductions.sum(parts));
    }
    return p == 1 ? Reductions.sum(parts) : Reductions.norm(parts, p);
  }
}
