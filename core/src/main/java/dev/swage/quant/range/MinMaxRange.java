package dev.swage.quant.range;

import dev.swage.quant.QuantScheme;

/** From the smallest to the largest element: nothing saturates, one outlier widens every step. */
public record MinMaxRange() implements ActivationEstimator {
  @Override
  public String label() {
    return "min-max";
  }

  @Override
  public Range range(ActivationStatistics statistics, QuantScheme scheme) {
    return statistics.observed();
  }
}
