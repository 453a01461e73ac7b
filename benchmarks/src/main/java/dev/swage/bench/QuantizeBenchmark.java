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
import dev.swage.train.torch.lib.TorchRuntime;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;

/**
 * int8 quantization per channel of a 1 GiB weight {@code [65536, 4096]}, fitted and encoded, with
 * the codes in memory that is used again; against merely reading the tensor.
 */
final class QuantizeBenchmark implements Benchmark {
  private static final int ROWS = 65_536;
  private static final int COLUMNS = 4096;
  private static final Shape SHAPE = Shape.of(ROWS, COLUMNS);
  private static final QuantScheme INT8 = QuantScheme.symmetric(8, Granularity.perChannel(0));

  @Override
  public String name() {
    return "quantize-int8";
  }

  @Override
  public String description() {
    return "int8 per-channel quantization of a 1 GiB tensor in memory, against reading it";
  }

  @Override
  public Outcome run() {
    TorchRuntime.require();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment floats = arena.allocate(DType.FLOAT32.bytes(SHAPE.elements()), 64);
      fill(floats);
      var view = TorchMemory.floats(floats, SHAPE);
      MemorySegment codes = arena.allocate(SHAPE.elements(), 64).fill((byte) 0);
      Tensor tensor = Tensor.of(DType.FLOAT32, SHAPE, floats);
      check(tensor, quantize(tensor, codes));
      PairedBenchmark.Measured measured =
          new PairedBenchmark(4, 25)
              .run(
                  List.of(
                      Contender.timed("Swage: Quantizer.quantize", () -> quantize(tensor, codes)),
                      Contender.timed(
                          "reading: Swage's largest magnitude",
                          () -> Reductions.absMaxima(List.of(floats))),
                      Contender.timed("reading: libtorch's sum", () -> view.sum().close())));
      double bytes = floats.byteSize();
      double quantizing = bytes / measured.side(0).millis().median() / 1e6;
      int reader = measured.fastest(1, 2);
      double reading = bytes / measured.side(reader).millis().median() / 1e6;
      return new Outcome(
          name(),
          List.of(
              "float32%s to int8, symmetric, a scale for each row".formatted(SHAPE),
              "quantizes %.1f GB/s of floats; reading alone %.1f GB/s"
                  .formatted(quantizing, reading),
              TorchRuntime.describe() + "; codes of 64 rows equal the scalar rule"),
          List.of(Outcome.Pair.of(measured, 0, 1), Outcome.Pair.of(measured, 0, 2)),
          List.of(),
          List.of(
              Claim.atLeast(
                  "share of the read bandwidth", measured.speedup(0, reader).median(), 0.6)));
    }
  }

  private static QuantizedTensor quantize(Tensor tensor, MemorySegment codes) {
    return Quantizer.quantize(tensor, INT8, RangeEstimator.minMax(), codes);
  }

  /** Rows of very different ranges, as weights' channels are. */
  private static void fill(MemorySegment floats) {
    Parallel.forEach(
        ROWS,
        row -> {
          SplittableRandom random = new SplittableRandom(row);
          float range = (float) Math.scalb(1 + random.nextDouble(), random.nextInt(12) - 8);
          for (int column = 0; column < COLUMNS; column++) {
            float value = (random.nextInt(1 << 24) - (1 << 23)) * 0x1p-23f;
            floats.setAtIndex(Tensor.LE_FLOAT, (long) row * COLUMNS + column, value * range);
          }
        });
  }

  /** Every 1024th row by ONNX's rule, written out. */
  private static void check(Tensor tensor, QuantizedTensor quantized) {
    for (int row = 0; row < ROWS; row += ROWS / 64) {
      long start = (long) row * COLUMNS;
      float largest = 0;
      for (int column = 0; column < COLUMNS; column++) {
        largest = Math.max(largest, Math.abs(tensor.getFloat(start + column)));
      }
      float scale = (float) (2.0 * largest / 254);
      for (int column = 0; column < COLUMNS; column++) {
        float ratio = tensor.getFloat(start + column) / scale;
        int expected = (int) Math.clamp(Math.rint(ratio), -127, 127);
        int got = quantized.codes().data().get(ValueLayout.JAVA_BYTE, start + column);
        if (got != expected) {
          throw new IllegalStateException(
              "row %d, column %d: code %d, expected %d".formatted(row, column, got, expected));
        }
      }
    }
  }
}
