package dev.swage.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
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
