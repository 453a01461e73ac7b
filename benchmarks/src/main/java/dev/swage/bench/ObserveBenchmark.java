package dev.swage.bench;

import dev.swage.kernel.Block;
import dev.swage.kernel.Quantization;
import dev.swage.quant.Granularity;
import dev.swage.quant.Histogram;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.range.ActivationStatistics;
import dev.swage.quant.range.EntropyRange;
import dev.swage.quant.range.MovingAverage;
import dev.swage.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What calibration does with every activation, on one core: extremes, sums and an exact histogram
 * of 64 MiB, half of it zeros as after ReLU; against merely finding the largest magnitude. And the
 * entropy range of one such tensor.
 */
final class ObserveBenchmark implements Benchmark {
  private static final int ELEMENTS = 1 << 24;
  private static final int BINS = 8192;
  private static final int ENTROPY_RUNS = 20;
  private static final QuantScheme UINT8 = QuantScheme.asymmetric(8, Granularity.perTensor());

  @Override
  public String name() {
    return "observe";
  }

  @Override
  public String description() {
    return "histogram and extremes of activations on one core; the entropy range of a tensor";
  }

  @Override
  public Outcome run() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment floats = arena.allocate(4L * ELEMENTS, 64);
      fill(floats);
      check(floats);
      ActivationStatistics statistics =
          new ActivationStatistics(observe(floats), new MovingAverage().range());
      PairedBenchmark.Measured measured =
          new PairedBenchmark(15, 25)
              .run(
                  List.of(
                      Contender.timed("Swage: Histogram.add", () -> observe(floats)),
                      Contender.timed("reading: largest magnitude", () -> absMax(floats)),
                      Contender.timed("entropy range, 20 times", () -> entropy(statistics))));
      double gigabytes = floats.byteSize() / measured.side(0).millis().median() / 1e6;
      double entropy = measured.side(2).millis().median() / ENTROPY_RUNS;
      return new Outcome(
          name(),
          List.of(
              "float32[%d], one thread, %d bins".formatted(ELEMENTS, BINS),
              "observes %.1f GB/s; counts equal a plain loop's".formatted(gigabytes),
              "entropy range of %d bins, 256 codes: %.2f ms".formatted(BINS, entropy)),
          List.of(Outcome.Pair.of(measured, 0, 1)),
          List.of(),
          List.of(
              Claim.atLeast("GB/s observed by one core", gigabytes, 1),
              Claim.atMost("ms for the entropy range of a tensor", entropy, 5)));
    }
  }

  private static Histogram observe(MemorySegment floats) {
    Histogram histogram = new Histogram(BINS);
    histogram.add(floats);
    return histogram;
  }

  private static float absMax(MemorySegment floats) {
    float[] max = new float[1];
    Quantization.absMax(floats, Block.ofRows(0, 1, ELEMENTS, 0), max);
    return max[0];
  }

  private static void entropy(ActivationStatistics statistics) {
    for (int i = 0; i < ENTROPY_RUNS; i++) {
      if (!(new EntropyRange().range(statistics, UINT8).max() > 0)) {
        throw new IllegalStateException("the entropy range is empty");
      }
    }
  }

  private static void fill(MemorySegment floats) {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < ELEMENTS; i++) {
      double value = random.nextGaussian() / Math.sqrt(0.1 + random.nextDouble());
      floats.setAtIndex(Tensor.LE_FLOAT, i, (float) Math.max(0, value));
    }
  }

  private static void check(MemorySegment floats) {
    Histogram histogram = observe(floats);
    long[] counts = new long[BINS];
    double width = histogram.binWidth();
    for (int i = 0; i < ELEMENTS; i++) {
      counts[BINS / 2 + (int) (floats.getAtIndex(Tensor.LE_FLOAT, i) / width)]++;
    }
    if (!java.util.Arrays.equals(counts, histogram.counts())) {
      throw new IllegalStateException("the histogram differs from a plain loop's");
    }
  }
}
