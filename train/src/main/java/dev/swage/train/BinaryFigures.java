package dev.swage.train;

import dev.swage.tensor.Tensor;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Metrics of two classes that one number tells apart. */
final class BinaryFigures implements ScoreFigures {
  private final float threshold;
  private final long[][] counts = new long[2][2];
  private final RocCurve curve = new RocCurve();

  /**
   * @param threshold above which the number says class 1
   */
  BinaryFigures(float threshold) {
    this.threshold = threshold;
  }

  @Override
  public void add(Tensor output, Tensor targets) {
    for (long i = 0; i < targets.shape().elements(); i++) {
      boolean one = ScoreFigures.number(targets, i) > 0.5;
      float score = output.getFloat(i);
      counts[one ? 1 : 0][score > threshold ? 1 : 0]++;
      curve.add(score, one);
    }
  }

  @Override
  public Map<Metric, Double> result() {
    Map<Metric, Double> result = new EnumMap<>(Metric.class);
    double f1 = matrix().f1();
    if (!Double.isNaN(f1)) {
      result.put(Metric.F1, f1);
    }
    curve.area().ifPresent(area -> result.put(Metric.ROC_AUC, area));
    return result;
  }

  private ConfusionMatrix matrix() {
    return new ConfusionMatrix(
        List.of(List.of(counts[0][0], counts[0][1]), List.of(counts[1][0], counts[1][1])));
  }

  @Override
  public Optional<ConfusionMatrix> confusion() {
    return Optional.of(matrix());
  }
}
