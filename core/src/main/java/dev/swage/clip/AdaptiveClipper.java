package dev.swage.clip;

import java.util.Map;

/**
 * Scales all gradients by c/N when their global L2 norm N exceeds a bound c that follows earlier
 * norms. A norm that is not finite is neither clipped nor learnt from.
 */
record AdaptiveClipper(AdaptiveThreshold threshold) implements GradientClipper {
  @Override
  public ClipDecision decide(Gradients unmeasured, ClipStep step) {
    GradientMeasure measure = unmeasured.measure();
    ClipRecord record = ClipRecord.of(step, threshold.method(), measure);
    return Double.isFinite(measure.norm())
        ? Coefficients.global(record, threshold.next(measure.norm()))
        : new ClipDecision.Keep(record);
  }

  @Override
  public String describe() {
    return threshold.describe();
  }

  @Override
  public Map<String, double[]> state() {
    return threshold.state();
  }

  @Override
  public void restore(Map<String, double[]> state) {
    threshold.restore(ClipState.of(state, describe()));
  }

  @Override
  public void reset() {
    threshold.reset();
  }
}
