package dev.swage.run.score;

import dev.swage.data.DataSource;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Counts, class by class, the samples and those that a model gets right. */
final class ClassCounts {
  private final List<String> names;
  private final long[] samples;
  private final long[] correct;
  private boolean counting;

  ClassCounts(DataSource data) {
    int classes = data.classes().orElse(0);
    counting = classes > 0 && classes <= Evaluation.MOST_CLASSES;
    names = counting ? data.classNames() : List.of();
    samples = new long[names.size()];
    correct = new long[names.size()];
  }

  /** Adds the first rows of a batch. */
  void add(Tensor targets, int[] predicted, int rows) {
    counting &= targets.shape().rank() == 1;
    if (!counting) {
      return;
    }
    for (int row = 0; row < rows; row++) {
      int target = Math.toIntExact(targets.data().get(Tensor.LE_LONG, (long) row * Long.BYTES));
      samples[target]++;
      correct[target] += predicted[row] == target ? 1 : 0;
    }
  }

  /** In the order of the classes; empty where they cannot be told one by one. */
  List<Evaluation.ClassScore> scores() {
    List<Evaluation.ClassScore> scores = new ArrayList<>();
    for (int i = 0; counting && i < samples.length; i++) {
      scores.add(new Evaluation.ClassScore(names.get(i), samples[i], correct[i]));
    }
    return scores;
  }
}
