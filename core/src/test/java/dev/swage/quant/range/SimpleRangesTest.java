package dev.swage.quant.range;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.quant.Histogram;
import dev.swage.quant.range.Activations.Sample;
import dev.swage.testkit.TestFloats;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SimpleRangesTest {
  static List<Sample> samples() {
    return Activations.all();
  }

  @ParameterizedTest
  @MethodSource("samples")
  void minMaxIsThatOfTheElements(Sample sample) {
    float[] sorted = sample.values().clone();
    Arrays.sort(sorted);
    ActivationStatistics statistics = sample.statistics(2048);
    Range range = new MinMaxRange().range(statistics, Activations.UINT8);
    assertThat(range).isEqualTo(new Range(sorted[0], sorted[sorted.length - 1]));
    assertThat(statistics.saturation(range)).isZero();
  }

  @ParameterizedTest
  @MethodSource("samples")
  void percentilesAreThoseOfTheSortedElements(Sample sample) {
    ActivationStatistics statistics = sample.statistics(8192);
    float[] sorted = sample.values().clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    Offset<Float> bin = Offset.offset((float) (2 * statistics.histogram().binWidth()));
    Range range = PercentileRange.keeping(0.99).range(statistics, Activations.UINT8);
    assertThat(range.min()).isCloseTo(sorted[(int) (0.005 * n)], bin);
    assertThat(range.max()).isCloseTo(sorted[(int) (0.995 * n)], bin);
    Range symmetric = PercentileRange.keeping(0.99).range(statistics, Activations.INT8);
    float threshold = Activations.sortedMagnitudes(sample.values())[(int) (0.99 * n)];
    float largest = Math.max(Math.abs(symmetric.min()), Math.abs(symmetric.max()));
    assertThat(largest).isCloseTo(threshold, bin);
  }

  @Test
  void thePercentileFollowsTheSampleSize() {
    PercentileRange bySize = PercentileRange.bySampleSize();
    assertThat(bySize.tail(9_999)).isZero();
    assertThat(bySize.tail(10_000)).isEqualTo(1e-3);
    assertThat(bySize.tail(1_000_000)).isEqualTo(1e-5);
    assertThat(bySize.tail(1_000_000_000)).isEqualTo(1e-5);

    Sample few = new Sample("few", TestFloats.gaussian(5000, 1, 2));
    ActivationStatistics small = few.statistics(2048);
    assertThat(bySize.range(small, Activations.UINT8)).isEqualTo(small.observed());
    Sample many = new Sample("many", TestFloats.gaussian(200_000, 1, 2));
    ActivationStatistics large = many.statistics(8192);
    Range range = bySize.range(large, Activations.UINT8);
    assertThat(range.max()).isLessThan(large.observed().max());
    assertThat(large.saturation(range) * 200_000).isBetween(5.0, 15.0);
    // 99.999 % of 60,000 elements leaves out less than one: said by clipping nothing.
    Sample heavy = new Sample("heavy", Activations.heavyTailed());
    ActivationStatistics statistics = heavy.statistics(8192);
    assertThat(PercentileRange.keeping(0.99999).range(statistics, Activations.UINT8))
        .isEqualTo(statistics.observed());
  }

  @Test
  void theMovingAverageFollowsItsRecurrence() {
    MovingAverage average = new MovingAverage();
    assertThat(average.range()).isEqualTo(Range.zero());
    average.add(new Range(-1, 2));
    assertThat(average.range()).isEqualTo(new Range(-1, 2));
    average.add(new Range(-2, 4));
    assertThat(average.range()).isEqualTo(new Range(-1.01f, 2.02f));
  }

  @Test
  void saturationIsTheShareOutside() {
    Sample sample = new Sample("gaussian", TestFloats.gaussian(100_000, 1, 3));
    ActivationStatistics statistics = sample.statistics(8192);
    // P(|x| > 2) = 4.55 %, and a standard error of 0.07 %.
    assertThat(statistics.saturation(new Range(-2, 2))).isCloseTo(0.0455, Offset.offset(0.003));
    assertThat(statistics.saturation(new Range(0, 100))).isCloseTo(0.5, Offset.offset(0.01));
  }

  @Test
  void nothingObservedIsTheRangeOfZero() {
    ActivationStatistics nothing = new ActivationStatistics(new Histogram(2048), Range.zero());
    for (ActivationEstimator estimator : ActivationEstimator.all()) {
      assertThat(estimator.range(nothing, Activations.UINT8)).isEqualTo(Range.zero());
      assertThat(estimator.range(nothing, Activations.INT8)).isEqualTo(Range.zero());
    }
    assertThat(nothing.isEmpty()).isTrue();
    assertThat(nothing.saturation(Range.zero())).isZero();
  }

  @Test
  void constantsKeepTheirValue() {
    for (float value : new float[] {0, 3, -3, 1e-30f, 3e38f}) {
      ActivationStatistics constant =
          new Sample("constant", TestFloats.filled(20_000, value)).statistics(2048);
      for (ActivationEstimator estimator : ActivationEstimator.all()) {
        if (!(estimator instanceof MovingAverageRange)) {
          Range range = estimator.range(constant, Activations.UINT8);
          float end = value < 0 ? range.min() : range.max();
          assertThat(Math.abs(end)).isGreaterThanOrEqualTo(Math.abs(value) * 0.99f);
        }
      }
    }
  }

  @Test
  void badArgumentsAreNamed() {
    assertThatThrownBy(() -> PercentileRange.keeping(99.9))
        .hasMessage("a percentile range keeps a share in (0.5, 1], got 99.9");
    assertThatThrownBy(() -> new Range(1, 0))
        .hasMessage("a range needs finite min <= max, got [1.0, 0.0]");
    assertThatThrownBy(() -> new MovingAverage(0))
        .hasMessage("the constant of a moving average must be in (0, 1], got 0.0");
  }
}
