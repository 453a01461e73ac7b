package dev.swage.clip;

import java.util.Locale;

/**
 * The clipping threshold as a function of the optimizer step. Thresholds are finite and greater
 * than 0 at every step; "no clipping" is {@link Clip#none()}, not a threshold.
 */
public sealed interface ThresholdSchedule {
  /** What to do instead of asking for a threshold that is no bound. */
  String WAY_OFF = "; to switch clipping off use Clip.none()";

  /** The threshold in force at a step. */
  double at(ClipStep step);

  /** In words, for provenance. */
  String describe();

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
   * {@code then · base rate / rate}: rate times threshold stays the same while the rate changes.
   */
  static ThresholdSchedule tiedToLearningRate(ThresholdSchedule then) {
    return new TiedToLearningRate(then);
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
    public String describe() {
      return Double.toString(threshold);
    }

    @Override
    public double at(ClipStep step) {
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
    public String describe() {
      return String.format(Locale.ROOT, "linear from %s to %s over %d steps", from, to, steps);
    }

    @Override
    public double at(ClipStep step) {
      return step.number() >= steps ? to : from + (to - from) * ((double) step.number() / steps);
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
    public String describe() {
      return String.format(Locale.ROOT, "cosine from %s to %s over %d steps", from, to, steps);
    }

    @Override
    public double at(ClipStep step) {
      return step.number() >= steps
          ? to
          : to + (from - to) * (0.5 + 0.5 * Math.cos(Math.PI * ((double) step.number() / steps)));
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
    public String describe() {
      return String.format(
          Locale.ROOT, "%s times %s every %d steps, at least %s", initial, factor, every, floor);
    }

    @Override
    public double at(ClipStep step) {
      long times = step.number() / every;
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
    public String describe() {
      return String.format(
          Locale.ROOT, "%s, %s times as much for %d steps", then.describe(), factor, steps);
    }

    @Override
    public double at(ClipStep step) {
      return step.number() < steps ? factor * then.at(step) : then.at(step);
    }
  }

  /**
   * {@code then · base rate / rate}: what a step may move the weights, rate times threshold, is the
   * same over the whole run under plain gradient descent. While the learning rate rises the
   * threshold is looser, as gradients are larger then; while it decays the threshold grows, so that
   * clipping fades out instead of shrinking the steps a second time. At a rate of 0, where nothing
   * moves, the threshold is the largest double.
   */
  record TiedToLearningRate(ThresholdSchedule then) implements ThresholdSchedule {
    @Override
    public String describe() {
      return then.describe() + " times base learning rate over learning rate";
    }

    @Override
    public double at(ClipStep step) {
      double tied = then.at(step) * (step.baseLearningRate() / step.learningRate());
      return Math.clamp(tied, Double.MIN_NORMAL, Double.MAX_VALUE);
    }
  }

  private static void requireThreshold(String name, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      String what = name.equals("threshold") ? name : "threshold '" + name + "'";
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "clip %s must be finite and > 0, got %s%s", what, value, WAY_OFF));
    }
  }

  private static void requireSteps(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, got " + value);
    }
  }
}
