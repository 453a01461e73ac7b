package dev.swage.clip;

import dev.swage.kernel.Reductions;

/** Limits every element to [low, high]. */
record ValueClipper(float low, float high) implements GradientClipper {
  ValueClipper {
    if (!(low <= 0 && high >= 0 && low < high)) {
      throw new IllegalArgumentException(
          "clip by value needs low <= 0 <= high and low < high, got [%s, %s]%s"
              .formatted(low, high, ThresholdSchedule.WAY_OFF));
    }
  }

  @Override
  public ClipDecision decide(Gradients gradients, ClipStep step) {
    GradientMeasure measure = gradients.measure();
    Reductions.Clamped clamped = Reductions.clamped(gradients.memory(), low, high);
    Reductions.Range range = clamped.range();
    ClipRecord record =
        ClipRecord.of(step, method(), measure)
            .of("element", 2, measure.norm())
            .under(Math.max(-low, high));
    if (range.min() >= low && range.max() <= high) {
      return new ClipDecision.Keep(record);
    }
    double coefficient = Math.min(ratio(high, range.max()), ratio(-low, -range.min()));
    return new ClipDecision.Clamp(
        low, high, record.clippedTo(coefficient, Math.sqrt(clamped.sumOfSquares())));
  }

  private static double ratio(double bound, double extreme) {
    return extreme > bound ? bound / extreme : 1;
  }

  @Override
  public String describe() {
    return method();
  }

  private String method() {
    return -low == high ? "value ±" + high : "value [" + low + ", " + high + "]";
  }
}
