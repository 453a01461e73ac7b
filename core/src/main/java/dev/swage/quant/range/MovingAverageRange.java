package dev.swage.quant.range;

import dev.swage.quant.QuantScheme;

/** The {@link MovingAverage} of the extremes of the runs: a single odd sample counts little. */
public record MovingAverageRange() implements ActivationEstimator {
  @Override
  public String label() {
    return "moving-average";
  }

  @Override
  public Range range(ActivationStatistics statistics, QuantScheme scheme) {
    return statistics.movingAverage();
  }
}
