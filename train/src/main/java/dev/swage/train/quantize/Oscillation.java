package dev.swage.train.quantize;

import java.util.Locale;
import java.util.Optional;

/**
 * What is done about weights of up to 4 bits whose codes change again and again between two values
 * (Nagel et al.: Overcoming oscillations in quantization-aware training, 2022).
 *
 * @param damp λ of {@code λ · Σ (ŵ − clip(w, s·n, s·p))²}, which is added to the loss and pulls
 *     weights to what their codes stand for. It rises from 0 along half a cosine, and is there at
 *     the last step; 0 for none
 * @param freeze how often a code may change its direction before its weight stays where it is
 */
public record Oscillation(double damp, Optional<Threshold> freeze) {
  /**
   * A moving average of oscillations per step, with momentum 0.01: one oscillation is 0.01. It goes
   * along half a cosine from the first step to the last.
   *
   * @param from in (0, 1)
   * @param to in (0, 1)
   */
  public record Threshold(double from, double to) {
    public Threshold {
      for (double bound : new double[] {from, to}) {
        if (!(bound > 0 && bound < 1)) {
          throw new IllegalArgumentException(
              "a threshold is oscillations per step, in (0, 1), as 0.02; got " + bound);
        }
      }
    }

    double at(double done) {
      return to + (from - to) * (0.5 + 0.5 * Math.cos(Math.PI * done));
    }
  }

  public Oscillation {
    if (!(damp >= 0 && Double.isFinite(damp))) {
      throw new IllegalArgumentException("damp must be a number from 0 on, got " + damp);
    }
    if (damp == 0 && freeze.isEmpty()) {
      throw new IllegalArgumentException("say damp or freeze, or nothing at all");
    }
  }

  /** Pulls weights to what their codes stand for. */
  public static Oscillation damping(double lambda) {
    return new Oscillation(lambda, Optional.empty());
  }

  /** Freezes weights that oscillate more often. */
  public static Oscillation freezingAbove(double threshold) {
    return new Oscillation(0, Optional.of(new Threshold(threshold, threshold)));
  }

  /** The same with another threshold at the end than in the beginning. */
  public static Oscillation freezingAbove(double from, double to) {
    return new Oscillation(0, Optional.of(new Threshold(from, to)));
  }

  /** λ where this part of the steps is done. */
  double damp(double done) {
    return damp * (0.5 - 0.5 * Math.cos(Math.PI * done));
  }

  String describe() {
    return String.format(
        Locale.ROOT,
        "damp %s%s",
        damp,
        freeze.map(t -> ", freeze above " + t.from() + " to " + t.to()).orElse(""));
  }
}
