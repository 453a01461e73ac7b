package dev.swage.quant;

import dev.swage.kernel.AffineCodes;
import dev.swage.quant.RangeEstimator.MeanSquaredError;
import java.util.Arrays;

/** Tries shrunken ranges for each scale and keeps the one with the least squared error. */
final class ShrinkSearch {
  private final MeanSquaredError grid;
  private final Ranges ranges;
  private final AffineCodes trial;
  private final double[] sums;
  private final double[] least;

  ShrinkSearch(MeanSquaredError grid, Ranges ranges) {
    this.grid = grid;
    this.ranges = ranges;
    int slots = ranges.scales.length;
    QuantScheme scheme = ranges.scheme();
    trial = new AffineCodes(new float[slots], new int[slots], scheme.qmin(), scheme.qmax());
    sums = new double[slots];
    least = new double[slots];
  }

  /** Adds to each entry the squared error of its elements under these codes. */
  @FunctionalInterface
  interface Errors {
    void add(AffineCodes codes, double[] sums);
  }

  /** Searches for the scales first … end−1, whose ranges are known and finite. */
  void run(int first, int end, Errors errors) {
    Arrays.fill(least, first, end, Double.POSITIVE_INFINITY);
    for (int candidate = 0; candidate < grid.candidates(); candidate++) {
      for (int slot = first; slot < end; slot++) {
        ScaleZeroPoint shrunken = ranges.shrunken(slot, grid.factor(candidate));
        trial.scales()[slot] = shrunken.scale();
        trial.zeroPoints()[slot] = shrunken.zeroPoint();
      }
      Arrays.fill(sums, first, end, 0);
      errors.add(trial, sums);
      for (int slot = first; slot < end; slot++) {
        if (sums[slot] < least[slot]) {
          least[slot] = sums[slot];
          ranges.scales[slot] = trial.scales()[slot];
          ranges.zeroPoints[slot] = trial.zeroPoints()[slot];
        }
      }
    }
  }
}
