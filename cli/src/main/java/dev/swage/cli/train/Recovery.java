package dev.swage.cli.train;

import java.util.Arrays;
import java.util.OptionalInt;

/** How long training needs to get over a bad batch. */
final class Recovery {
  private static final int BEFORE = 100;
  private static final int AFTER = 10;
  private static final double BACK = 1.1;

  private Recovery() {}

  /**
   * Steps from a disturbed one until the mean loss of the next {@value #AFTER} steps is at most
   * {@value #BACK} times the mean of the {@value #BEFORE} steps before it; empty if it never is.
   */
  static OptionalInt after(double[] losses, int disturbed) {
    if (disturbed < 1 || disturbed >= losses.length) {
      return OptionalInt.empty();
    }
    double bound = BACK * mean(losses, Math.max(0, disturbed - BEFORE), disturbed);
    for (int i = disturbed + 1; i + AFTER <= losses.length; i++) {
      if (mean(losses, i, i + AFTER) <= bound) {
        return OptionalInt.of(i - disturbed);
      }
    }
    return OptionalInt.empty();
  }

  private static double mean(double[] losses, int from, int to) {
    return Arrays.stream(losses, from, to).average().orElse(Double.NaN);
  }
}
