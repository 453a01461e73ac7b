package dev.swage.train;

/**
 * Ends a run as soon as validation is good enough: checked every so many optimizer steps and after
 * each epoch.
 *
 * @param metric what is watched, on the validation data
 * @param at a value at least as good as this ends the run
 * @param every steps between two checks; at least 1
 */
public record StopTarget(Metric metric, double at, long every) {
  public StopTarget {
    Checks.atLeastOne("every", every);
    if (!Double.isFinite(at)) {
      throw new IllegalArgumentException("at must be a finite number, got " + at);
    }
  }

  boolean reachedBy(Score score) {
    return metric.reaches(metric.of(score), at);
  }

  boolean isDue(long steps) {
    return steps % every == 0;
  }
}
