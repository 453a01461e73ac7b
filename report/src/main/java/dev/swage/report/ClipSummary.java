package dev.swage.report;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.util.List;
import java.util.Locale;

/**
 * What gradient clipping did over a whole run.
 *
 * @param method the clipper in words, as {@code global norm 2}
 * @param steps optimizer steps seen
 * @param clippedSteps steps whose gradients were changed
 * @param skippedSteps steps not taken because a gradient was not finite
 * @param normQuartiles minimum, lower quartile, median, upper quartile and maximum of the norm
 *     before clipping
 * @param threshold in force at the last step; +∞ when nothing clips
 */
public record ClipSummary(
    String method,
    long steps,
    long clippedSteps,
    long skippedSteps,
    List<Double> normQuartiles,
    @JsonDeserialize(using = JsonNumbers.NullIsInfinity.class) double threshold) {
  public ClipSummary {
    Checks.notNegative("clippedSteps", clippedSteps);
    Checks.notNegative("skippedSteps", skippedSteps);
    if (clippedSteps + skippedSteps > steps) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "clippedSteps + skippedSteps must be at most steps = %d, got %d + %d",
              steps,
              clippedSteps,
              skippedSteps));
    }
    Checks.size("normQuartiles", normQuartiles, 5);
    Checks.positive("threshold", threshold);
    normQuartiles = List.copyOf(normQuartiles);
  }

  /** Share of the steps whose gradients were changed, in [0, 1]; 0 before the first step. */
  public double clippedShare() {
    return steps == 0 ? 0 : (double) clippedSteps / steps;
  }
}
