package dev.swage.clip;

import dev.swage.kernel.Reductions;

/** Which norm of the gradient is bounded. */
public enum NormOrder {
  /** Σ |g|. */
  L1,
  /** √Σ g². */
  L2,
  /** max |g|. */
  MAX;

  /** As in {@code ‖g‖₁}: 1, 2 or inf. */
  public String symbol() {
    return switch (this) {
      case L1 -> "1";
      case L2 -> "2";
      case MAX -> "inf";
    };
  }

  /** Σ |g|, Σ g² or max |g| of every tensor. */
  double[] parts(Gradients gradients) {
    double[] parts = new double[gradients.size()];
    switch (this) {
      case L1 -> parts = Reductions.sumsOfAbs(gradients.memory());
      case L2 -> {
        GradientMeasure measure = gradients.measure();
        for (int i = 0; i < parts.length; i++) {
          parts[i] = measure.sumOfSquares(i);
        }
      }
      case MAX -> {
        float[] maxima = Reductions.absMaxima(gradients.memory());
        for (int i = 0; i < parts.length; i++) {
          parts[i] = maxima[i];
        }
      }
    }
    return parts;
  }

  /** The norm of tensors with these parts, taken together. */
  double norm(double[] parts) {
    return switch (this) {
      case L1 -> Reductions.sum(parts);
      case L2 -> Math.sqrt(Reductions.sum(parts));
      case MAX -> {
        double max = 0;
        for (double part : parts) {
          max = Math.max(max, part);
        }
        yield max;
      }
    };
  }
}
