package dev.swage.train;

import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Metrics of classes by the largest of their numbers, {@code [n, classes, …]}. */
final class ClassFigures implements ScoreFigures {
  /** A larger matrix says nothing to people and takes memory. */
  private static final int MOST_IN_MATRIX = 1000;

  private static final int TOP = 5;

  private final RocCurve curve = new RocCurve();
  private long[][] counts = new long[0][0];
  private long samples;
  private long amongTop;
  private int classes;

  @Override
  public void add(Tensor output, Tensor targets) {
    classes = Math.toIntExact(output.shape().dim(1));
    if (counts.length == 0 && classes <= MOST_IN_MATRIX) {
      counts = new long[classes][classes];
    }
    long inner = output.shape().inner(1);
    for (long i = 0; i < targets.shape().elements(); i++) {
      long first = (i / inner) * classes * inner + i % inner;
      add(output, first, inner, Math.toIntExact(targets.data().get(Tensor.LE_LONG, i * 8)));
    }
  }

  private void add(Tensor output, long first, long inner, int label) {
    float own = output.getFloat(first + label * inner);
    int larger = 0;
    int best = 0;
    float largest = Float.NEGATIVE_INFINITY;
    for (int c = 0; c < classes; c++) {
      float value = output.getFloat(first + c * inner);
      larger += value > own ? 1 : 0;
      if (value > largest) {
        largest = value;
        best = c;
      }
    }
    samples++;
    amongTop += larger < TOP ? 1 : 0;
    if (counts.length > 0) {
      counts[label][best]++;
    }
    if (classes == 2) {
      curve.add(output.getFloat(first + inner) - output.getFloat(first), label == 1);
    }
  }

  @Override
  public Map<Metric, Double> result() {
    Map<Metric, Double> result = new EnumMap<>(Metric.class);
    if (classes > TOP && samples > 0) {
      result.put(Metric.TOP_5_ACCURACY, (double) amongTop / samples);
    }
    confusion()
        .map(ConfusionMatrix::f1)
        .filter(f1 -> !f1.isNaN())
        .ifPresent(f1 -> result.put(Metric.F1, f1));
    if (classes == 2) {
      curve.area().ifPresent(area -> result.put(Metric.ROC_AUC, area));
    }
    return result;
  }

  @Override
  public Optional<ConfusionMatrix> confusion() {
    if (counts.length == 0) {
      return Optional.empty();
    }
    List<List<Long>> rows = new ArrayList<>();
    for (long[] row : counts) {
      rows.add(Arrays.stream(row).boxed().toList());
    }
    return Optional.of(new ConfusionMatrix(rows));
  }
}
