package dev.swage.train;

/** The learning rate as a function of the optimizer step. Immutable values. */
public sealed interface LearningRate {
  /**
   * The rate of one step.
   *
   * @param step optimizer step, from 0
   * @param totalSteps steps of the whole run, at least 1; a step beyond counts as the last
   * @param base the optimizer's learning rate
   */
  double rate(long step, long totalSteps, double base);

  static LearningRate constant() {
    return new Constant();
  }

  /** Multiplied by {@code factor} every {@code every} steps. */
  static LearningRate stepDecay(long every, double factor) {
    return new StepDecay(every, factor);
  }

  /** From the base rate down to 0 along half a cosine over the whole run. */
  static LearningRate cosine() {
    return new Cosine(0);
  }

  /** Rising in a straight line over {@code steps} steps, then as {@code then} says. */
  static LearningRate warmUp(long steps, LearningRate then) {
    return new WarmUp(steps, then);
  }

  /** Always the base rate. */
  record Constant() implements LearningRate {
    @Override
    public double rate(long step, long totalSteps, double base) {
      return base;
    }
  }

  /**
   * {@code base · factor^⌊step/every⌋}.
   *
   * @param factor in (0, 1]
   */
  record StepDecay(long every, double factor) implements LearningRate {
    public StepDecay {
      Checks.atLeastOne("every", every);
      if (!(factor > 0 && factor <= 1)) {
        throw new IllegalArgumentException("factor must be in (0, 1], got " + factor);
      }
    }

    @Override
    public double rate(long step, long totalSteps, double base) {
      long times = step / every;
      return base * Math.pow(factor, (double) times);
    }
  }

  /**
   * {@code base · (f + (1 − f)·(1 + cos(π·step/totalSteps))/2)}.
   *
   * @param finalFraction f, the part of the base rate left at the end, in [0, 1)
   * @see <a href="https://arxiv.org/abs/1608.03983">Loshchilov, Hutter: SGDR (2017)</a>
   */
  record Cosine(double finalFraction) implements LearningRate {
    public Cosine {
      Checks.fraction("finalFraction", finalFraction);
    }

    @Override
    public double rate(long step, long totalSteps, double base) {
      double done = Math.min(1, (double) step / totalSteps);
      return base * (finalFraction + (1 - finalFraction) * (0.5 + 0.5 * Math.cos(Math.PI * done)));
    }
  }

  /**
   * {@code base · (step + 1)/(steps + 1)} in steps 0 … steps−1, so that no step has rate 0 and step
   * {@code steps} is the first at the full rate; then {@code then}, which counts its steps from
   * there.
   */
  record WarmUp(long steps, LearningRate then) implements LearningRate {
    public WarmUp {
      Checks.atLeastOne("steps", steps);
    }

    @Override
    public double rate(long step, long totalSteps, double base) {
      return step < steps
          ? base * ((double) (step + 1) / (steps + 1))
          : then.rate(step - steps, Math.max(1, totalSteps - steps), base);
    }
  }
}
