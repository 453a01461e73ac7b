package dev.swage.quant.range;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.quant.Histogram;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.range.Activations.Sample;
import dev.swage.testkit.TestFloats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against the definition written out in loops over the bins. */
class EntropyRangeTest {
  static List<Sample> samples() {
    return Activations.all();
  }

  @ParameterizedTest
  @MethodSource("samples")
  void runningSumsGiveTheDefinition(Sample sample) {
    for (QuantScheme scheme : List.of(Activations.UINT8, Activations.INT8, Activations.UINT4)) {
      Histogram histogram = sample.statistics(2048).histogram();
      EntropyRange.Divergence fast = new EntropyRange.Divergence(histogram, scheme);
      for (int bins = fast.narrowest(); bins <= fast.widest(); bins += 23) {
        double slow = slowDivergence(histogram, scheme, bins);
        if (Double.isInfinite(slow)) {
          assertThat(fast.of(bins)).isInfinite();
        } else {
          assertThat(fast.of(bins)).as("%d bins", bins).isCloseTo(slow, Offset.offset(1e-9));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void theThresholdHasTheLeastDivergence(Sample sample) {
    for (QuantScheme scheme : List.of(Activations.UINT8, Activations.INT8)) {
      ActivationStatistics statistics = sample.statistics(2048);
      Histogram histogram = statistics.histogram();
      EntropyRange.Divergence divergence = new EntropyRange.Divergence(histogram, scheme);
      int best = divergence.widest();
      for (int bins = best;
          bins >= divergence.narrowest() && divergence.lost(bins) <= EntropyRange.MOST_LOST;
          bins--) {
        best = divergence.of(bins) < divergence.of(best) ? bins : best;
      }
      assertThat(new EntropyRange().range(statistics, scheme)).isEqualTo(divergence.range(best));
    }
  }

  @Test
  void heavyTailsAreReallyClipped() {
    Sample sample = new Sample("t(3)", Activations.heavyTailed());
    for (int bins : new int[] {2048, 4096, 8192}) {
      for (QuantScheme scheme : List.of(Activations.UINT8, Activations.INT8)) {
        ActivationStatistics statistics = sample.statistics(bins);
        Range range = new EntropyRange().range(statistics, scheme);
        assertThat(range.max()).isLessThan(0.7f * statistics.observed().max());
        assertThat(range.min()).isGreaterThan(0.7f * statistics.observed().min());
        assertThat(statistics.saturation(range)).isBetween(1e-5, 0.02);
      }
    }
  }

  @Test
  void noRangeReachesBeyondWhatWasObserved() {
    for (Sample sample : Activations.all()) {
      ActivationStatistics statistics = sample.statistics(8192);
      Range range = new EntropyRange().range(statistics, Activations.INT8);
      assertThat(range.min()).isGreaterThanOrEqualTo(statistics.observed().min());
      assertThat(range.max()).isLessThanOrEqualTo(statistics.observed().max());
    }
  }

  @Test
  void fewDistinctValuesAreKept() {
    Sample sample = new Sample("two", new float[] {-1, 3, 3, 3, -1});
    ActivationStatistics statistics = sample.statistics(2048);
    assertThat(new EntropyRange().range(statistics, Activations.UINT8))
        .isEqualTo(statistics.observed());
  }

  /** Values around an offset, from many to few, in one or two heaps, of one sign or both. */
  static Stream<Sample> awayFromZero() {
    List<Sample> samples = new ArrayList<>();
    for (int size : new int[] {40, 1_000, 8_192, 60_000}) {
      for (double deviation : new double[] {0.01, 0.4, 1.5}) {
        float[] above = TestFloats.gaussian(size, deviation, size);
        float[] uniform = new float[size];
        float[] heaps = new float[size];
        float[] grid = new float[size];
        for (int i = 0; i < size; i++) {
          uniform[i] = (float) (6 + 8.0 * i / size);
          heaps[i] = above[i] + (i % 3 == 0 ? -9 : 10);
          grid[i] = 6 + i % 9;
          above[i] += 10;
        }
        String name = " %s, %s".formatted(Integer.toString(size), Double.toString(deviation));
        samples.add(new Sample("offset" + name, above));
        samples.add(new Sample("negative offset" + name, Activations.negated(above)));
        samples.add(new Sample("uniform" + name, uniform));
        samples.add(new Sample("two heaps" + name, heaps));
        samples.add(new Sample("few distinct" + name, grid));
      }
    }
    return samples.stream();
  }

  @ParameterizedTest
  @MethodSource("awayFromZero")
  void fewElementsAreLostWhereverTheyLie(Sample sample) {
    for (int bins : new int[] {2048, 8192}) {
      for (QuantScheme scheme : List.of(Activations.UINT8, Activations.INT8, Activations.UINT4)) {
        ActivationStatistics statistics = sample.statistics(bins);
        Range range = new EntropyRange().range(statistics, scheme);
        // The end of a range is found to within a bin.
        assertThat(statistics.saturation(range)).as("%s for %s", range, scheme).isLessThan(0.031);
      }
    }
  }

  private static double slowDivergence(Histogram histogram, QuantScheme scheme, int bins) {
    long[] counts = histogram.counts();
    int half = counts.length / 2;
    counts[half] -= histogram.zeros();
    int levels = scheme.qmax() - scheme.qmin() + 1;
    int start = half - bins;
    int end = half + bins;
    if (!scheme.symmetric()) {
      start = Math.max(start, Math.min(half, bin(histogram, histogram.min())));
      end = Math.min(end, Math.max(half, bin(histogram, histogram.max()) + 1));
    }
    double[] p = new double[end - start];
    double[] slice = new double[end - start];
    for (int bin = 0; bin < counts.length; bin++) {
      p[Math.clamp(bin - start, 0, p.length - 1)] += counts[bin];
      if (bin >= start && bin < end) {
        slice[bin - start] = counts[bin];
      }
    }
    double all = Arrays.stream(p).sum();
    double inside = Arrays.stream(slice).sum();
    if (inside == 0) {
      return Double.POSITIVE_INFINITY;
    }
    double[] q = new double[p.length];
    for (int group = 0; group < levels; group++) {
      int from = group * p.length / levels;
      int to = (group + 1) * p.length / levels;
      double mass = 0;
      int filled = 0;
      for (int i = from; i < to; i++) {
        mass += slice[i];
        filled += slice[i] > 0 ? 1 : 0;
      }
      for (int i = from; i < to; i++) {
        q[i] = slice[i] > 0 ? mass / filled / inside : 0;
      }
    }
    double divergence = 0;
    for (int i = 0; i < p.length; i++) {
      if (p[i] > 0) {
        divergence += p[i] / all * Math.log(p[i] / all / (q[i] > 0 ? q[i] : 1e-4));
      }
    }
    return divergence;
  }

  private static int bin(Histogram histogram, float value) {
    int half = histogram.bins() / 2;
    int k = (int) (Math.abs(value) / histogram.binWidth());
    return value < 0 ? half - 1 - k : half + k;
  }
}
