package dev.swage.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.testkit.TestFloats;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GradientSeriesTest {
  @ParameterizedTest
  @CsvSource({"0,5", "1,5", "5,5", "6,5", "400,400", "401,400", "10007,400", "10007,1"})
  void columns_cover_every_step_once_and_keep_extremes_medians_and_counts(int steps, int max) {
    RandomGenerator random = TestFloats.random(steps);
    double[] norms = random.doubles(steps).toArray();
    double[] thresholds = new double[steps];
    Arrays.fill(thresholds, 0.9);
    BitSet clipped = new BitSet();
    for (int i = 0; i < steps; i++) {
      clipped.set(i, norms[i] > 0.9);
    }
    GradientSeries series = GradientSeries.of(norms, thresholds, clipped, max);
    assertThat(series.columns()).hasSize(Math.min(steps, max));
    long next = 0;
    for (GradientSeries.Column column : series.columns()) {
      assertThat(column.firstStep()).isEqualTo(next);
      next = column.lastStep() + 1;
      double[] slice = Arrays.copyOfRange(norms, (int) column.firstStep(), (int) next);
      Arrays.sort(slice);
      int n = slice.length;
      assertThat(column.min()).isEqualTo(slice[0]);
      assertThat(column.max()).isEqualTo(slice[n - 1]);
      assertThat(column.median()).isEqualTo((slice[(n - 1) / 2] + slice[n / 2]) / 2);
      assertThat(column.clipped()).isEqualTo(Arrays.stream(slice).filter(v -> v > 0.9).count());
    }
    assertThat(next).isEqualTo(steps).isEqualTo(series.steps());
  }

  @Test
  void norms_that_are_not_finite_are_counted_apart() {
    double[] norms = {1, Double.NaN, 3, Double.POSITIVE_INFINITY};
    GradientSeries series = GradientSeries.of(norms, new double[4], new BitSet(), 1);
    assertThat(series.columns())
        .isEqualTo(List.of(new GradientSeries.Column(0, 3, 1, 2, 3, 0, 0, 2)));
  }

  @Test
  void series_of_different_lengths_are_refused() {
    assertThatThrownBy(() -> GradientSeries.of(new double[3], new double[2], new BitSet(), 4))
        .hasMessage("norms, thresholds and clipped must cover the same steps, got 3, 2 and 0");
  }
}
