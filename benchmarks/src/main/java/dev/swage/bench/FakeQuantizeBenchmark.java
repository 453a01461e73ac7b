package dev.swage.bench;

import dev.swage.kernel.Parallel;
import dev.swage.quant.FakeQuantizer;
import dev.swage.quant.Granularity;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.lib.TorchRuntime;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Forward and backward through an int8 quantizer of 64 MiB, the gradients of its scales included,
 * with a scale for the tensor and one for each row; against copying as many bytes, and against
 * libtorch's fused fake-quantize, which passes gradients straight through and has none for scales.
 * What must move: the forward reads x and writes y, the backward reads x and dy and writes dx, in
 * the place of dy, as the trainer has it for weights; and, for activations, elsewhere.
 */
final class FakeQuantizeBenchmark implements Benchmark {
  private static final int ROWS = 4096;
  private static final int COLUMNS = 4096;
  private static final Shape SHAPE = Shape.of(ROWS, COLUMNS);
  private static final int TENSORS_MOVED = 5;
  private static final int QMIN = -128;
  private static final int QMAX = 127;

  /** About one element in a hundred of a normal distribution is clipped. */
  private static final float SCALE = 0.02f;

  @Override
  public String name() {
    return "fake-quantize";
  }

  @Override
  public String description() {
    return "forward and backward through an int8 quantizer of 64 MiB, against copying and libtorch";
  }

  @Override
  public Outcome run() {
    TorchRuntime.require();
    try (Arena arena = Arena.ofShared()) {
      Memory memory = Memory.allocate(arena);
      Side perTensor = new Side(memory, Granularity.perTensor(), 1);
      Side perChannel = new Side(memory, Granularity.perChannel(0), ROWS);
      perTensor.check();
      perChannel.check();
      CopyBandwidth copy = new CopyBandwidth(arena, 512L << 20);
      TorchFakeQuantize libtorch = new TorchFakeQuantize(memory, SHAPE, SCALE, QMIN, QMAX);
      String agreement = libtorch.compare();
      List<Contender> contenders = new ArrayList<>();
      // After another round of its own: what that left in the caches has to be written back.
      contenders.add(
          Contender.timed("Swage: per tensor, with LSQ", perTensor::inPlace, perTensor::inPlace));
      contenders.add(
          Contender.timed(
              "Swage: per channel, with LSQ", perChannel::inPlace, perChannel::inPlace));
      contenders.add(Contender.timed("Swage: per tensor", perTensor::fixed));
      contenders.add(Contender.timed("Swage: per channel", perChannel::fixed));
      contenders.add(Contender.timed("libtorch: per tensor", libtorch::perTensor));
      contenders.add(Contender.timed("libtorch: per channel", libtorch::perChannel));
      contenders.add(
          Contender.timed(
              "Swage: per tensor, with LSQ, dx apart from dy",
              perTensor::learned,
              perTensor::learned));
      contenders.addAll(copy.contenders());
      return outcome(new PairedBenchmark(8, 25).run(contenders), copy, agreement);
    }
  }

  private Outcome outcome(PairedBenchmark.Measured measured, CopyBandwidth copy, String agreement) {
    int copier = measured.fastest(7, 8, 9);
    double roof = copy.bytesMoved() / measured.side(copier).millis().median() / 1e6;
    double bytes = TENSORS_MOVED * 4.0 * SHAPE.elements();
    List<String> setup = new ArrayList<>();
    setup.add(
        "float32%s, forward and backward, %d tensors moved; codes %d…%d, scale %s"
            .formatted(SHAPE, TENSORS_MOVED, QMIN, QMAX, SCALE));
    setup.add(TorchRuntime.describe() + "; " + agreement);
    setup.add("copy bandwidth %.1f GB/s (read + write)".formatted(roof));
    for (int side = 0; side < 7; side++) {
      double speed = bytes / measured.side(side).millis().median() / 1e6;
      setup.add("%s: %.1f GB/s".formatted(measured.side(side).name(), speed));
    }
    double share = bytes / copy.bytesMoved();
    return new Outcome(
        name(),
        setup,
        List.of(
            Outcome.Pair.of(measured, 0, copier),
            Outcome.Pair.of(measured, 1, copier),
            Outcome.Pair.of(measured, 2, 4),
            Outcome.Pair.of(measured, 3, 5)),
        List.of(),
        List.of(
            Claim.atLeast(
                "share of what the memory allows, per tensor",
                measured.speedup(0, copier).median() * share,
                0.6),
            Claim.atLeast(
                "share of what the memory allows, per channel",
                measured.speedup(1, copier).median() * share,
                0.6),
            Claim.atLeast(
                "times as fast as libtorch, without LSQ", measured.speedup(2, 4).median(), 1)));
  }

  /** The tensors of a step, touched so that no page fault is timed. */
  record Memory(MemorySegment x, MemorySegment dy, MemorySegment y, MemorySegment dx) {
    static Memory allocate(Arena arena) {
      Memory memory = new Memory(tensor(arena), tensor(arena), tensor(arena), tensor(arena));
      fill(memory.x(), 1);
      fill(memory.dy(), 2);
      return memory;
    }

    private static MemorySegment tensor(Arena arena) {
      return arena.allocate(4 * SHAPE.elements(), 4096).fill((byte) 0);
    }

    private static void fill(MemorySegment floats, int seed) {
      Parallel.forEach(
          ROWS,
          row -> {
            SplittableRandom random = new SplittableRandom(seed * 100_000L + row);
            for (int column = 0; column < COLUMNS; column++) {
              long at = (long) row * COLUMNS + column;
              floats.setAtIndex(Tensor.LE_FLOAT, at, (float) random.nextGaussian());
            }
          });
    }
  }

  /** Ours with one granularity. */
  @SuppressWarnings("ArrayRecordComponent") // The scales of a run.
  record Side(Memory memory, FakeQuantizer quantizer, float[] scales, int[] zeroPoints) {
    Side(Memory memory, Granularity granularity, int slots) {
      this(
          memory,
          new FakeQuantizer(SHAPE, granularity, QMIN, QMAX),
          new float[slots],
          new int[slots]);
      Arrays.fill(scales, SCALE);
    }

    void fixed() {
      quantizer.forward(memory.x(), scales, zeroPoints, memory.y());
      quantizer.straightThrough(memory.x(), memory.dy(), scales, zeroPoints, memory.dx());
    }

    double[] learned() {
      return learned(memory.dx());
    }

    /** After the first time dy has no gradient where none passes. */
    double[] inPlace() {
      return learned(memory.dy());
    }

    private double[] learned(MemorySegment dx) {
      double[] byScale = new double[scales.length];
      double[] byOffset = new double[scales.length];
      quantizer.forward(memory.x(), scales, zeroPoints, memory.y());
      quantizer.backward(memory.x(), memory.dy(), scales, zeroPoints, dx, byScale, byOffset);
      return byScale;
    }

    /** Against the formulas, written out. */
    void check() {
      double byScale = Arrays.stream(learned()).sum();
      double expected = 0;
      for (long i = 0; i < SHAPE.elements(); i++) {
        float x = memory.x().getAtIndex(Tensor.LE_FLOAT, i);
        float dy = memory.dy().getAtIndex(Tensor.LE_FLOAT, i);
        float t = x / SCALE;
        boolean inside = t >= QMIN && t <= QMAX;
        float y = (float) Math.clamp(Math.rint(t), QMIN, QMAX) * SCALE;
        expected += dy * (inside ? Math.rint(t) - t : Math.clamp((double) t, QMIN, QMAX));
        require("y", i, memory.y().getAtIndex(Tensor.LE_FLOAT, i), y);
        require("dx", i, memory.dx().getAtIndex(Tensor.LE_FLOAT, i), inside ? dy : 0);
      }
      if (!(Math.abs(byScale - expected) <= 1e-5 * Math.abs(expected))) {
        throw new IllegalStateException(
            "the gradient by scale is %s, expected %s".formatted(byScale, expected));
      }
    }

    private static void require(String what, long at, float got, float expected) {
      if (got != expected) {
        throw new IllegalStateException(
            "%s of element %d is %s, expected %s".formatted(what, at, got, expected));
      }
    }
  }
}
