package dev.swage.compress.speed;

import java.time.Duration;

/**
 * How much is measured.
 *
 * @param budget about how long the measured runs may take, apart from loading models. Where it does
 *     not suffice for a few runs of each, it is exceeded
 * @param rounds how often a choice is profiled and made again with what that showed
 */
public record MeasureOptions(Duration budget, int rounds) {
  public MeasureOptions {
    if (budget.isNegative() || budget.isZero()) {
      throw new IllegalArgumentException("the budget must be positive, got " + budget);
    }
    if (rounds < 1) {
      throw new IllegalArgumentException("rounds must be at least 1, got " + rounds);
    }
  }

  /** Twenty seconds, three rounds. */
  public static MeasureOptions defaults() {
    return new MeasureOptions(Duration.ofSeconds(20), 3);
  }

  public MeasureOptions withBudget(Duration time) {
    return new MeasureOptions(time, rounds);
  }
}
