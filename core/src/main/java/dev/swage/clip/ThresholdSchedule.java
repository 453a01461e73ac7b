package dev.swage.clip;

/**
 * The clipping threshold as a function of the optimizer step. Thresholds are finite and greater
 * than 0 at every step; "no clipping" is {@link Clip#none()}, not a threshold.
 */
public sealed interface ThresholdSchedule {
  /** What to do instead of asking for a threshold that is no bound. */
  String WAY_OFF = "; to switch clipping off use Clip.none()";

  /**
   * The threshold in force.
   *
   * @param step optimizer step, from 0
   */
  double at(long step);

  /** Always the same. */
  static ThresholdSchedule constant(double threshold) {
    return new Constant(threshold);
  }

  /** In a straight line from {@code from} at step 0 to {@code to} at step {@code steps}. */
  static ThresholdSchedule linear(double from, double to, long steps) {
    return new Linear(from, to, steps);
  }

  /** Along half a cosine from {@code from} at step 0 to {@code to} at step {@code steps}. */
  static ThresholdSchedule cosine(double from, double to, long steps) {
    return new Cosine(from, to, steps);
  }

  /** Multiplied by {@code factor} every {@code every} steps, but never below {@code floor}. */
  static ThresholdSchedule step(double initial, long every, double factor, double floor) {
    return new Step(initial, every, factor, floor);
  }

  /** {@code initial · factorˢᵗᵉᵖ}, but never below {@code floor}. */
  static ThresholdSchedule exponential(double initial, double factor, double floor) {
    return new Step(initial, 1, factor, floor);
  }

  /** Ten times as loose during the first 1000 steps: large early gradients are normal. */
  static ThresholdSchedule warmUp(ThresholdSchedule then) {
    return new WarmUp(10, 1000, then);
  }

  /**
   * {@code threshold} at every step.
   *
   * @param threshold finite, > 0
   */
  record Constant(double threshold) implements ThresholdSchedule {
    public Constant {
      requireThreshold("threshold", threshold);
    }

    @Override
    public double at(long step) {
      return threshold;
    }
  }

  /** A straight line, then constant. */
  record Linear(double from, double to, long steps) implements ThresholdSchedule {
    public Linear {
      requireThreshold("from", from);
      requireThreshold("to", to);
      requireSteps("steps", steps);
    }

    @Override
    public double at(long step) {
      return step >= steps ? to : from + (to - from) * ((double) step / steps);
    }
  }

  /** Half a cosine, then constant. */
  record Cosine(double from, double to, long steps) implements ThresholdSchedule {
    public Cosine {
      requireThreshold("from", from);
      requireThreshold("to", to);
      requireSteps("steps", steps);
    }

    @Override
    public double at(long step) {
      return step >= steps
          ? to
          : to + (from - to) * (0.5 + 0.5 * Math.cos(Math.PI * ((double) step / steps)));
    }
  }

  /**
   * {@code max(floor, initial · factor^⌊step/every⌋)}.
   *
   * @param factor in (0, 1]
   */
  record Step(double initial, long every, double factor, double floor)
      implements ThresholdSchedule {
    public Step {
      requireThreshold("initial", initial);
      requireThreshold("floor", floor);
      requireSteps("every", every);
      if (!(factor > 0 && factor <= 1)) {
        throw new IllegalArgumentException("factor must be in (0, 1], got " + factor);
      }
    }

    @Override
    public double at(long step) {
      long times = step / every;
      return Math.max(floor, initial * Math.pow(factor, (double) times));
    }
  }

  /**
   * {@code factor} times as loose in steps 0 … steps−1, then as {@code then} says; {@code then}
   * counts its steps from the start too.
   *
   * @param factor at least 1
   */
  record WarmUp(double factor, long steps, ThresholdSchedule then) implements ThresholdSchedule {
    public WarmUp {
      requireSteps("steps", steps);
      if (!(factor >= 1) || Double.isInfinite(factor)) {
        throw new IllegalArgumentException("factor must be finite and >= 1, got " + factor);
      }
    }

    @Override
    public double at(long step) {
      return step < steps ? factor * then.at(step) : then.at(step);
    }
  }

  private static void requireThreshold(String name, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      String what = name.equals("threshold") ? name : "threshold '" + name + "'";
      throw new IllegalArgumentException(
          "clip %s must be finite and > 0, got %s%s".formatted(what, value, WAY_OFF));
    }
  }

  private static void requireSteps(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, got " + value);
    }
  }
}
