package dev.swage.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.assertj.core.data.Offset;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class HistogramTest {
  @Test
  void countsAreThoseOfASlowReference() {
    float[] values = wild(10_000);
    Histogram histogram = new Histogram(64);
    add(histogram, values);
    long[] expected = new long[64];
    for (float value : values) {
      if (Float.isFinite(value)) {
        int k = (int) (Math.abs((double) value) / histogram.binWidth());
        expected[value < 0 ? 31 - k : 32 + k]++;
      }
    }
    assertThat(histogram.counts()).isEqualTo(expected);
    assertThat(histogram.total() + histogram.nonFinite()).isEqualTo(values.length);
    assertThat(histogram.nonFinite()).isEqualTo(3);
  }

  @Test
  void theWidthIsTheSmallestPowerOfTwoThatHoldsTheLargestMagnitude() {
    Histogram histogram = new Histogram(16);
    add(histogram, 0.1f, -7.99f);
    assertThat(histogram.binWidth()).isEqualTo(1);
    add(histogram, 8);
    assertThat(histogram.binWidth()).isEqualTo(2);
    assertThat(histogram.lowerEdge(0)).isEqualTo(-16);
    assertThat(histogram.lowerEdge(16)).isEqualTo(16);
  }

  @Test
  void orderAndSplittingDoNotMatter() {
    float[] values = wild(5000);
    Histogram once = new Histogram(256);
    add(once, values);
    Histogram backwards = new Histogram(256);
    for (int end = values.length; end > 0; end -= 500) {
      add(backwards, Arrays.copyOfRange(values, end - 500, end));
    }
    Histogram merged = new Histogram(256);
    for (int start : List.of(3000, 0, 4000, 1000, 2000)) {
      Histogram part = new Histogram(256);
      add(part, Arrays.copyOfRange(values, start, start + 1000));
      merged.merge(part);
    }
    assertSame(backwards, once);
    assertSame(merged, once);
  }

  @Test
  void theHistogramOfATensorIsThatOfItsElements() {
    float[] values = wild(300_000);
    Histogram once = new Histogram(512);
    add(once, values);
    assertSame(Histogram.of(Tensor.ofFloats(Shape.of(300, 1000), values), 512), once);
  }

  @Test
  void extremesAndSumsAreThoseOfASlowReference() {
    float[] values = wild(70_000);
    Histogram histogram = new Histogram(64);
    add(histogram, values);
    BigDecimal sum = BigDecimal.ZERO;
    BigDecimal squares = BigDecimal.ZERO;
    double magnitudes = 0;
    float min = 0;
    float max = 0;
    for (float value : values) {
      if (Float.isFinite(value)) {
        sum = sum.add(new BigDecimal(value));
        squares = squares.add(new BigDecimal(value).pow(2));
        magnitudes += Math.abs(value);
        min = Math.min(min, value);
        max = Math.max(max, value);
      }
    }
    assertThat(histogram.min()).isEqualTo(min);
    assertThat(histogram.max()).isEqualTo(max);
    // 16 partial sums of 4,096 elements each, in double.
    assertThat(histogram.sum())
        .isCloseTo(sum.doubleValue(), Offset.offset(magnitudes * 4096 * 0x1p-53));
    assertThat(histogram.sumOfSquares())
        .isCloseTo(squares.doubleValue(), Percentage.withPercentage(1e-9));
  }

  @Test
  void sumsHaveTheSameBitsInEveryOrder() {
    List<float[]> parts = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      parts.add(TestFloats.gaussian(1000, Math.scalb(1.0, i % 30 - 15), i));
    }
    Histogram forwards = new Histogram(64);
    parts.forEach(part -> add(forwards, part));
    Collections.shuffle(parts, new java.util.Random(3));
    Histogram left = new Histogram(64);
    parts.subList(0, 17).forEach(part -> add(left, part));
    Histogram right = new Histogram(64);
    parts.subList(17, 50).forEach(part -> add(right, part));
    right.merge(left);
    assertSame(right, forwards);
    assertThat(right.sum()).isEqualTo(forwards.sum());
    assertThat(right.sumOfSquares()).isEqualTo(forwards.sumOfSquares());
  }

  @Test
  void aRestoredHistogramGoesOnWhereItsStateLeftOff() {
    float[] values = wild(5000);
    Histogram once = new Histogram(256);
    add(once, values);
    Histogram half = new Histogram(256);
    add(half, Arrays.copyOf(values, 2500));
    Histogram restored = Histogram.restore(half.state());
    add(restored, Arrays.copyOfRange(values, 2500, 5000));
    assertSame(restored, once);
    assertThat(Histogram.restore(new Histogram(4).state()).state().counts()).containsOnly(0L);
  }

  @Test
  void aStateThatCannotBeIsRefused() {
    assertThatThrownBy(() -> new HistogramState(0, List.of(1L, -1L), 0, 0, 0, 0, 0, 0))
        .hasMessage("counts must not be negative, got -1");
    assertThatThrownBy(() -> new HistogramState(0, List.of(1L, 0L), 0, 0, -3, 0, 0, 0))
        .hasMessage("extremes -3.0 and 0.0 lie outside the bins, ±1.0");
    assertThatThrownBy(() -> new HistogramState(0, List.of(1L, 0L), 0, 2, 0, 0, 0, 0))
        .hasMessage("of 1 elements, 2 zeros and 0 apart that are not finite cannot be");
  }

  @Test
  void mergingLeavesTheOtherHistogramAlone() {
    Histogram narrow = new Histogram(8);
    add(narrow, 0.5f);
    long[] before = narrow.counts();
    Histogram wide = new Histogram(8);
    add(wide, 100);
    wide.merge(narrow);
    assertThat(narrow.counts()).isEqualTo(before);
    assertThat(wide.total()).isEqualTo(2);
  }

  @Test
  void quantilesAreRightToWithinABin() {
    float[] values = TestFloats.gaussian(100_000, 1, 9);
    Histogram histogram = new Histogram(2048);
    add(histogram, values);
    float[] sorted = values.clone();
    Arrays.sort(sorted);
    for (double fraction : TensorProfile.FRACTIONS) {
      double exact = sorted[(int) (fraction * (values.length - 1))];
      assertThat(histogram.quantile(fraction))
          .isCloseTo(exact, Offset.offset(histogram.binWidth()));
    }
    assertThat(histogram.quantile(0)).isBetween(sorted[0] - histogram.binWidth(), 0.0 + sorted[0]);
  }

  @Test
  void extremesOfFloatAreCounted() {
    Histogram histogram = new Histogram(4);
    add(histogram, Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE, -Float.MIN_VALUE, -0f);
    assertThat(histogram.counts()).containsExactly(1, 1, 2, 1);
    assertThat(histogram.binWidth()).isEqualTo(0x1p127);
  }

  @Test
  void anEmptyHistogramHasNoElements() {
    Histogram histogram = new Histogram(4);
    assertThat(histogram.total()).isZero();
    assertThat(histogram.quantile(0.5)).isZero();
  }

  @Test
  void badArgumentsAreNamed() {
    assertThatThrownBy(() -> new Histogram(100))
        .hasMessage("bins must be a power of two, 2…2^20, got 100");
    assertThatThrownBy(() -> new Histogram(4).merge(new Histogram(8)))
        .hasMessage("histograms of 4 and 8 bins do not merge");
    assertThatThrownBy(() -> new Histogram(4).quantile(1.5))
        .hasMessage("fraction must be in [0, 1], got 1.5");
  }

  private static void assertSame(Histogram actual, Histogram expected) {
    assertThat(actual.binWidth()).isEqualTo(expected.binWidth());
    assertThat(actual.counts()).isEqualTo(expected.counts());
    assertThat(actual.nonFinite()).isEqualTo(expected.nonFinite());
    assertThat(actual.zeros()).isEqualTo(expected.zeros());
    assertThat(actual.min()).isEqualTo(expected.min());
    assertThat(actual.max()).isEqualTo(expected.max());
  }

  private static void add(Histogram histogram, float... values) {
    histogram.add(MemorySegment.ofArray(values));
  }

  /** Values over many orders of magnitude with three that are not finite. */
  private static float[] wild(int size) {
    float[] values = TestFloats.gaussian(size, 1, 4);
    for (int i = 0; i < size; i++) {
      values[i] = Math.scalb(values[i], i % 40 - 20);
    }
    values[size / 3] = Float.NaN;
    values[size / 2] = Float.POSITIVE_INFINITY;
    values[size / 5] = Float.NEGATIVE_INFINITY;
    return values;
  }
}
