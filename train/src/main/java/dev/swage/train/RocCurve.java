package dev.swage.train;

import java.util.Arrays;
import java.util.OptionalDouble;

/** Scores of samples of two classes, for the area under their ROC curve. */
final class RocCurve {
  private float[] scores = new float[1024];
  private boolean[] ones = new boolean[1024];
  private int size;

  void add(float score, boolean one) {
    if (size == scores.length) {
      scores = Arrays.copyOf(scores, size * 2);
      ones = Arrays.copyOf(ones, size * 2);
    }
    scores[size] = score;
    ones[size++] = one;
  }

  /**
   * {@code (Σ ranks of class 1 − n₁(n₁+1)/2) / (n₀·n₁)}, equal scores sharing their mean rank;
   * empty where one class does not occur or a score is NaN.
   */
  OptionalDouble area() {
    Integer[] order = new Integer[size];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Float.compare(scores[a], scores[b]));
    double ranks = 0;
    long positive = 0;
    for (int from = 0; from < size; ) {
      int to = from;
      int here = 0;
      while (to < size && scores[order[to]] == scores[order[from]]) {
        here += ones[order[to++]] ? 1 : 0;
      }
      if (to == from) {
        return OptionalDouble.empty(); // NaN equals nothing
      }
      ranks += here * ((from + 1 + to) / 2.0);
      positive += here;
      from = to;
    }
    long negative = size - positive;
    return positive == 0 || negative == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(
            (ranks - positive * (positive + 1) / 2.0) / ((double) positive * negative));
  }
}
