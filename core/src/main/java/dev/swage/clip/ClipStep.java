package dev.swage.clip;

import java.util.Locale;

/**
 * The optimizer step a decision is for.
 *
 * @param number of the step, from 0
 * @param learningRate the rate of this step's update; ≥ 0
 * @param baseLearningRate the optimizer's own rate, before any schedule; > 0
 */
public record ClipStep(long number, double learningRate, double baseLearningRate) {
  public ClipStep {
    if (number < 0) {
      throw new IllegalArgumentException("step must not be negative, got " + number);
    }
    if (!(learningRate >= 0) || !(baseLearningRate > 0)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "learning rate must be >= 0 and its base > 0, got %s and %s",
              learningRate,
              baseLearningRate));
    }
  }

  /** A step at the base learning rate, where only its number matters. */
  public static ClipStep of(long number) {
    return new ClipStep(number, 1, 1);
  }
}
