package dev.swage.clip;

import java.util.ArrayList;
import java.util.List;

/** Factors c/N, and the decisions that follow from one for each tensor. */
final class Coefficients {
  private Coefficients() {}

  /**
   * Exactly 1 up to the bound and for a norm that is not finite, bound/norm above; rounding to 1
   * just above counts as no clipping.
   */
  static float of(double norm, double bound) {
    return norm > bound && Double.isFinite(norm) ? (float) (bound / norm) : 1;
  }

  /** A global L2 norm that is bounded. */
  static ClipDecision global(ClipRecord record, double bound) {
    ClipRecord under = record.under(bound);
    float coefficient = of(record.normBefore(), bound);
    return coefficient == 1
        ? new ClipDecision.Keep(under)
        : new ClipDecision.Scale(
            coefficient, under.clippedTo(coefficient, record.normBefore() * coefficient));
  }

  /** Every tensor's L2 norm under a bound of its own. */
  static ClipDecision eachTensor(ClipRecord record, GradientMeasure measure, double[] bounds) {
    List<Float> coefficients = new ArrayList<>(bounds.length);
    double after = 0;
    double allowed = 0;
    float smallest = 1;
    for (int i = 0; i < bounds.length; i++) {
      double norm = Math.sqrt(measure.sumOfSquares(i));
      float coefficient = of(norm, bounds[i]);
      coefficients.add(coefficient);
      after += norm * coefficient * (norm * coefficient);
      allowed += bounds[i] * bounds[i];
      smallest = Math.min(smallest, coefficient);
    }
    ClipRecord under = record.of("tensor", 2, record.normBefore()).under(Math.sqrt(allowed));
    return smallest == 1
        ? new ClipDecision.Keep(under)
        : new ClipDecision.ScaleEach(coefficients, under.clippedTo(smallest, Math.sqrt(after)));
  }

  /** Squared global L2 norm of what a decision leaves of the gradients. */
  static double squaresAfter(GradientMeasure measure, ClipDecision decision, int tensors) {
    return decision
        .coefficients(tensors)
        .map(c -> {
          double sum = 0;
          for (int i = 0; i < c.length; i++) {
            sum += c[i] * c[i] * measure.sumOfSquares(i);
          }
          return sum;
        })
        .orElseGet(() -> decision.record().normAfter() * decision.record().normAfter());
  }
}
