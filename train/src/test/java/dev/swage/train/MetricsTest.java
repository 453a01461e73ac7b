package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Metrics equal their definitions, in whatever batches the samples come. */
final class MetricsTest {
  private static final int SAMPLES = 60;

  /** Pairs of a sample of each class: how often that of class 1 has the larger score. */
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 60})
  void the_area_under_the_curve_counts_pairs(int batch) {
    float[] scores = TestFloats.gaussian(SAMPLES, 1, 5);
    long[] labels = TestFloats.random(6).longs(SAMPLES, 0, 2).toArray();
    for (int i = 0; i < SAMPLES; i++) {
      scores[i] = Math.round(4 * scores[i] + labels[i]) / 4f; // with ties
    }
    BinaryFigures figures = new BinaryFigures(0);
    for (int from = 0; from < SAMPLES; from += batch) {
      int count = Math.min(batch, SAMPLES - from);
      figures.add(slice(scores, from, count), labels(labels, from, count));
    }
    double pairs = 0;
    double won = 0;
    long truePositive = 0;
    long wrong = 0;
    for (int i = 0; i < SAMPLES; i++) {
      boolean said = scores[i] > 0;
      truePositive += said && labels[i] == 1 ? 1 : 0;
      wrong += said != (labels[i] == 1) ? 1 : 0;
      for (int j = 0; j < SAMPLES; j++) {
        if (labels[i] == 1 && labels[j] == 0) {
          pairs++;
          won += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
        }
      }
    }
    assertThat(figures.result().get(Metric.ROC_AUC)).isCloseTo(won / pairs, within(1e-12));
    assertThat(figures.result().get(Metric.F1))
        .isCloseTo(2.0 * truePositive / (2 * truePositive + wrong), within(1e-12));
  }

  private static Tensor slice(float[] values, int from, int count) {
    return Tensor.ofFloats(
        Shape.of(count, 1), java.util.Arrays.copyOfRange(values, from, from + count));
  }

  private static Tensor labels(long[] values, int from, int count) {
    return Tensor.ofLongs(
        Shape.of(count), java.util.Arrays.copyOfRange(values, from, from + count));
  }

  @Test
  void one_class_alone_has_no_curve() {
    BinaryFigures figures = new BinaryFigures(0);
    figures.add(slice(new float[] {1, 2}, 0, 2), labels(new long[] {1, 1}, 0, 2));
    assertThat(figures.result()).doesNotContainKey(Metric.ROC_AUC).containsEntry(Metric.F1, 1.0);
  }

  @Test
  void classes_have_a_matrix_and_the_mean_of_their_f1() {
    ClassFigures figures = new ClassFigures();
    // Answers 0, 0, 2, 1 for the classes 0, 1, 2, 1.
    figures.add(
        Tensor.ofFloats(Shape.of(4, 3), 3, 1, 0, 5, 4, 0, 0, 1, 2, 0, 9, 1),
        Tensor.ofLongs(Shape.of(4), 0, 1, 2, 1));
    ConfusionMatrix matrix = figures.confusion().orElseThrow();
    assertThat(matrix.count(1, 0)).isEqualTo(1);
    assertThat(matrix.count(1, 1)).isEqualTo(1);
    assertThat(matrix.f1(0)).isCloseTo(2.0 / 3, within(1e-12));
    assertThat(figures.result().get(Metric.F1))
        .isCloseTo((2.0 / 3 + 2.0 / 3 + 1) / 3, within(1e-12));
    assertThat(figures.result()).doesNotContainKey(Metric.TOP_5_ACCURACY);
  }

  @Test
  void the_five_largest_of_many_classes() {
    ClassFigures figures = new ClassFigures();
    float[] outputs = {9, 8, 7, 6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2};
    figures.add(Tensor.ofFloats(Shape.of(2, 8), outputs), Tensor.ofLongs(Shape.of(2), 4, 5));
    assertThat(figures.result()).containsEntry(Metric.TOP_5_ACCURACY, 0.5);
  }

  @Test
  void values_have_a_mean_error_and_a_share_of_the_variance() {
    ValueFigures figures = new ValueFigures();
    float[] targets = {1, 2, 4, 9};
    float[] outputs = {1.5f, 2, 3, 8};
    figures.add(slice(outputs, 0, 3), slice(targets, 0, 3));
    figures.add(slice(outputs, 3, 1), slice(targets, 3, 1));
    assertThat(figures.result().get(Metric.MEAN_ABSOLUTE_ERROR)).isCloseTo(2.5 / 4, within(1e-12));
    double spread = 9 + 4 + 0 + 25; // around the mean 4
    assertThat(figures.result().get(Metric.R2)).isCloseTo(1 - 2.25 / spread, within(1e-12));
  }
}
