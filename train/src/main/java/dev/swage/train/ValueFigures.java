package dev.swage.train;

import dev.swage.tensor.Tensor;
import java.util.EnumMap;
import java.util.Map;

/** Metrics of values: sums of errors, and of the targets by Welford's rule. */
final class ValueFigures implements ScoreFigures {
  private double absolute;
  private double squared;
  private long count;
  private double mean;
  private double spread;

  @Override
  public void add(Tensor output, Tensor targets) {
    for (long i = 0; i < targets.shape().elements(); i++) {
      double target = ScoreFigures.number(targets, i);
      double error = output.getFloat(i) - target;
      absolute += Math.abs(error);
      squared += error * error;
      count++;
      double before = target - mean;
      mean += before / count;
      spread += before * (target - mean);
    }
  }

  @Override
  public Map<Metric, Double> result() {
    Map<Metric, Double> result = new EnumMap<>(Metric.class);
    if (count > 0) {
      result.put(Metric.MEAN_ABSOLUTE_ERROR, absolute / count);
      if (spread > 0) {
        result.put(Metric.R2, 1 - squared / spread);
      }
    }
    return result;
  }
}
