package dev.swage.bench;

import dev.swage.kernel.Parallel;
import dev.swage.kernel.Reductions;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.QuantizedTensor;
import dev.swage.quant.Quantizer;
import dev.swage.quant.RangeEstimator;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Weights of a matrix product {@code [K, N]} to narrow codes in groups of 32, with the scales of
 * least squared error, and to int8 codes with min-max ranges; against merely reading them. Groups
 * lie down columns, as in a MatMul, or along rows, as in a Gemm with transB.
 */
final class QuantizeGroupsBenchmark implements Benchmark {
  private static final int ROWS = 8192;
  private static final int COLUMNS = 4096;
  private static final int GROUP = 32;
  private static final Shape SHAPE = Shape.of(ROWS, COLUMNS);

  private record Way(String name, QuantScheme scheme, RangeEstimator range) {
    QuantizedTensor quantize(Tensor weight, MemorySegment codes) {
      long bytes = scheme.storage().bytes(weight.shape().elements());
      return Quantizer.quantize(weight, scheme, range, codes.asSlice(0, bytes));
    }
  }

  private static final RangeEstimator LEAST = RangeEstimator.meanSquaredError();
  private static final Granularity DOWN = Granularity.perGroup(0, GROUP);
  private static final Granularity ALONG = Granularity.perGroup(1, GROUP);

  private static final List<Way> WAYS =
      List.of(
          new Way("int4", QuantScheme.symmetric(4, DOWN), LEAST),
          new Way("uint4 with zero points", QuantScheme.asymmetric(4, DOWN), LEAST),
          new Way("int4, groups along rows", QuantScheme.symmetric(4, ALONG), LEAST),
          new Way("int2", QuantScheme.symmetric(2, DOWN), LEAST),
          new Way("int8, min-max", QuantScheme.symmetric(8, DOWN), RangeEstimator.minMax()));

  @Override
  public String name() {
    return "quantize-groups";
  }

  @Override
  public String description() {
    return "int4, int2 and int8 in groups of 32, a 128 MiB weight in memory, against reading it";
  }

  @Override
  public Outcome run() {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment floats = arena.allocate(DType.FLOAT32.bytes(SHAPE.elements()), 64);
      fill(floats);
      MemorySegment codes = arena.allocate(SHAPE.elements(), 64).fill((byte) 0);
      Tensor weight = Tensor.of(DType.FLOAT32, SHAPE, floats);
      check(weight, WAYS.getFirst().quantize(weight, codes));
      List<Contender> contenders = new ArrayList<>();
      for (Way way : WAYS) {
        contenders.add(Contender.timed("Swage: " + way.name(), () -> way.quantize(weight, codes)));
      }
      contenders.add(
          Contender.timed(
              "reading: largest magnitude", () -> Reductions.absMaxima(List.of(floats))));
      PairedBenchmark.Measured measured = new PairedBenchmark(4, 15).run(contenders);
      int reading = WAYS.size();
      List<String> setup = new ArrayList<>();
      List<Outcome.Pair> pairs = new ArrayList<>();
      setup.add(
          "float32%s, groups of %d, on all cores; int4 loses less than the best of 80 shrunken ranges"
              .formatted(SHAPE, GROUP));
      for (int i = 0; i <= reading; i++) {
        setup.add("%s: %.2f GB/s of floats".formatted(measured.side(i).name(), speed(measured, i)));
      }
      for (int i = 0; i < reading; i++) {
        pairs.add(Outcome.Pair.of(measured, i, reading));
      }
      return new Outcome(
          name(),
          setup,
          pairs,
          List.of(),
          List.of(Claim.atLeast("GB/s of floats to int4", speed(measured, 0), 0.5)));
    }
  }

  private static double speed(PairedBenchmark.Measured measured, int side) {
    return DType.FLOAT32.bytes(SHAPE.elements()) / measured.side(side).millis().median() / 1e6;
  }

  /** Normally distributed, columns of very different ranges. */
  private static void fill(MemorySegment floats) {
    Parallel.forEach(
        ROWS,
        row -> {
          SplittableRandom random = new SplittableRandom(row);
          for (int column = 0; column < COLUMNS; column++) {
            double value = random.nextGaussian() * Math.scalb(1.0, column % 12 - 8);
            floats.setAtIndex(Tensor.LE_FLOAT, (long) row * COLUMNS + column, (float) value);
          }
        });
  }

  /** What the groups of the first rows lose, against GPTQ's search, written out. */
  private static void check(Tensor weight, QuantizedTensor quantized) {
    Tensor values = Quantizer.dequantize(quantized);
    double found = 0;
    double shrunken = 0;
    for (int column = 0; column < COLUMNS; column++) {
      double range = Math.scalb(1.0, column % 12 - 8);
      float[] group = new float[GROUP];
      for (int row = 0; row < GROUP; row++) {
        group[row] = weight.getFloat((long) row * COLUMNS + column);
        double error = group[row] - values.getFloat((long) row * COLUMNS + column);
        found += error * error / (range * range);
      }
      shrunken += leastOfShrunken(group) / (range * range);
    }
    if (!(found < shrunken)) {
      throw new IllegalStateException(
          "int4 loses %s, the best of 80 shrunken ranges %s".formatted(found, shrunken));
    }
  }

  private static double leastOfShrunken(float[] group) {
    float largest = 0;
    for (float x : group) {
      largest = Math.max(largest, Math.abs(x));
    }
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < 80; i++) {
      double scale = largest / 7 * (1 - i * 0.01);
      double sum = 0;
      for (float x : group) {
        double error = x - scale * Math.clamp(Math.rint(x / scale), -7, 7);
        sum += error * error;
      }
      least = Math.min(least, sum);
    }
    return least;
  }
}
