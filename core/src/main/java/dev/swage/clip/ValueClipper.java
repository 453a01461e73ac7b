package dev.swage.clip;

import dev.swage.kernel.Reductions;
import java.util.Locale;

/**
 * Limits every element to [low, high], both times a factor that follows a schedule: the bounds of a
 * constant one are those given.
 */
record ValueClipper(double low, double high, ThresholdSchedule factor) implements GradientClipper {
  ValueClipper {
    if (!((float) low <= 0 && (float) high >= 0 && (float) low < (float) high)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "clip by value needs low <= 0 <= high and low < high, got [%s, %s]%s",
              (float) low,
              (float) high,
              ThresholdSchedule.WAY_OFF));
    }
  }

  @Override
  public ClipDecision decide(Gradients gradients, ClipStep step) {
    GradientMeasure measure = gradients.measure();
    float least = (float) (low * factor.at(step));
    float greatest = (float) (high * factor.at(step));
    Reductions.Clamped clamped =
        Reductions.clamped(gradients.memory(), gradients.edits(), least, greatest);
    Reductions.Range range = clamped.range();
    ClipRecord record =
        ClipRecord.of(step, method(), measure)
            .of("element", 2, measure.norm())
            .under(Math.max(-least, greatest));
    if (range.min() >= least && range.max() <= greatest) {
      return new ClipDecision.Keep(record);
    }
    double coefficient = Math.min(ratio(greatest, range.max()), ratio(-least, -range.min()));
    return new ClipDecision.Clamp(
        least, greatest, record.clippedTo(coefficient, Math.sqrt(clamped.sumOfSquares())));
  }

  private static double ratio(double bound, double extreme) {
    return extreme > bound ? bound / extreme : 1;
  }

  @Override
  public String describe() {
    return method() + (isConstant() ? "" : ", threshold " + factor.describe());
  }

  private boolean isConstant() {
    return factor.equals(ThresholdSchedule.constant(1));
  }

  private String method() {
    if (!isConstant()) {
      return "value";
    }
    return -low == high
        ? "value ±" + (float) high
        : String.format(Locale.ROOT, "value [%s, %s]", (float) low, (float) high);
  }
}
