package dev.swage.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.swage.kernel.ScalarFakeQuantization.Row;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * The Vector API twin of {@link ScalarFakeQuantization}, which rounds and clips as {@link
 * VectorQuantization} does: a code of 16 bits lies as far within the reach of its rounder as one of
 * 8.
 */
final class VectorFakeQuantization implements FakeQuantizationKernels {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final int LANES = 8;
  private static final float ROUNDER = VectorQuantization.ROUNDER;
  private static final int BITS = VectorQuantization.ROUNDER_BITS;

  @Override
  public void forward(MemorySegment x, Block block, AffineSteps steps, MemorySegment y) {
    for (long r = 0; r < block.rows(); r++) {
      Row row = Row.of(block, r);
      long done = row.own() ? forwardRow(x, row, steps, y) : forwardColumns(x, row, steps, y);
      ScalarFakeQuantization.forward(x, row, done, steps, y);
    }
  }

  private static long forwardRow(MemorySegment x, Row row, AffineSteps steps, MemorySegment y) {
    FloatVector scale = FloatVector.broadcast(FLOATS, steps.scales()[row.slot()]);
    IntVector low = IntVector.broadcast(INTS, BITS + steps.low(row.slot()));
    IntVector high = IntVector.broadcast(INTS, BITS + steps.high(row.slot()));
    long at = row.at();
    long i = 0;
    for (; i <= row.length() - LANES; i += LANES) {
      IntVector code = VectorQuantization.rounded(floats(x, at + i * 4), scale, low, high);
      stepped(code, scale).intoMemorySegment(y, at + i * 4, LITTLE_ENDIAN);
    }
    return i;
  }

  private static long forwardColumns(MemorySegment x, Row row, AffineSteps steps, MemorySegment y) {
    IntVector least = IntVector.broadcast(INTS, BITS + steps.min());
    IntVector most = IntVector.broadcast(INTS, BITS + steps.max());
    long at = row.at();
    int j = 0;
    for (; j <= row.length() - LANES; j += LANES) {
      FloatVector scale = FloatVector.fromArray(FLOATS, steps.scales(), row.slot() + j);
      IntVector zero = IntVector.fromArray(INTS, steps.zeroPoints(), row.slot() + j);
      FloatVector value = floats(x, at + j * 4L);
      IntVector code = VectorQuantization.rounded(value, scale, least.sub(zero), most.sub(zero));
      stepped(code, scale).intoMemorySegment(y, at + j * 4L, LITTLE_ENDIAN);
    }
    return j;
  }

  /** The difference of two floats of one binade is exact, and +0 where they are equal. */
  private static FloatVector stepped(IntVector code, FloatVector scale) {
    return code.reinterpretAsFloats().sub(ROUNDER).mul(scale);
  }

  @Override
  public void straightThrough(
      MemorySegment x, MemorySegment dy, Block block, AffineSteps steps, MemorySegment dx) {
    VectorStraightThrough.pass(x, dy, block, steps, dx);
  }

  @Override
  public void backward(
      MemorySegment x,
      MemorySegment dy,
      Block block,
      AffineSteps steps,
      @Nullable MemorySegment dx,
      StepSums sums) {
    VectorFakeGradients.backward(x, dy, block, steps, dx, sums);
  }

  @Override
  public long flips(
      MemorySegment a, AffineSteps stepsOfA, MemorySegment b, AffineSteps stepsOfB, Block block) {
    return VectorFlips.count(a, stepsOfA, b, stepsOfB, block);
  }

  private static FloatVector floats(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(FLOATS, x, at, LITTLE_ENDIAN);
  }
}
