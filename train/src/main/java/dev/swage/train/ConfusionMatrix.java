package dev.swage.train;

import java.util.List;
import java.util.stream.IntStream;

/**
 * How often samples of one class were taken for another.
 *
 * @param rows for each class the counts of what the model said, by class
 */
public record ConfusionMatrix(List<List<Long>> rows) {
  public ConfusionMatrix {
    rows = rows.stream().map(List::copyOf).toList();
  }

  public int classes() {
    return rows.size();
  }

  /** How many samples of class {@code actual} were said to be {@code predicted}. */
  public long count(int actual, int predicted) {
    return rows.get(actual).get(predicted);
  }

  private long actual(int type) {
    return rows.get(type).stream().mapToLong(Long::longValue).sum();
  }

  private long predicted(int type) {
    return rows.stream().mapToLong(row -> row.get(type)).sum();
  }

  /** {@code 2·tp / (2·tp + fp + fn)} of a class; NaN where it neither occurs nor is predicted. */
  public double f1(int type) {
    return 2.0 * count(type, type) / (actual(type) + predicted(type));
  }

  /** Of class 1 where there are two classes, else the mean over those that occur. */
  double f1() {
    return classes() == 2
        ? f1(1)
        : IntStream.range(0, classes())
            .filter(type -> actual(type) > 0)
            .mapToDouble(this::f1)
            .average()
            .orElse(Double.NaN);
  }
}
