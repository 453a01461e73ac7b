package dev.swage.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.swage.kernel.ScalarFakeQuantization.Row;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The straight-through gradients of {@link VectorFakeQuantization}. */
final class VectorStraightThrough {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final int LANES = 8;

  private VectorStraightThrough() {}

  static void pass(
      MemorySegment x, MemorySegment dy, Block block, AffineSteps steps, MemorySegment dx) {
    for (long r = 0; r < block.rows(); r++) {
      Row row = Row.of(block, r);
      long whole = row.length() - row.length() % LANES;
      if (row.own()) {
        passRow(x, dy, row, whole, steps, dx);
      } else {
        passColumns(x, dy, row, whole, steps, dx);
      }
      ScalarFakeQuantization.straightThrough(x, dy, row, whole, steps, dx);
    }
  }

  private static void passRow(
      MemorySegment x, MemorySegment dy, Row row, long whole, AffineSteps steps, MemorySegment dx) {
    FloatVector scale = FloatVector.broadcast(FLOATS, steps.scales()[row.slot()]);
    FloatVector low = FloatVector.broadcast(FLOATS, steps.low(row.slot()));
    FloatVector high = FloatVector.broadcast(FLOATS, steps.high(row.slot()));
    for (long i = 0; i < whole; i += LANES) {
      long at = row.at() + i * 4;
      FloatVector t = floats(x, at).div(scale);
      inside(floats(dy, at), t, low, high).intoMemorySegment(dx, at, LITTLE_ENDIAN);
    }
  }

  private static void passColumns(
      MemorySegment x, MemorySegment dy, Row row, long whole, AffineSteps steps, MemorySegment dx) {
    for (int j = 0; j < whole; j += LANES) {
      long at = row.at() + j * 4L;
      FloatVector zero = zeros(steps, row.slot() + j);
      FloatVector low = FloatVector.broadcast(FLOATS, steps.min()).sub(zero);
      FloatVector high = FloatVector.broadcast(FLOATS, steps.max()).sub(zero);
      FloatVector scale = FloatVector.fromArray(FLOATS, steps.scales(), row.slot() + j);
      FloatVector t = floats(x, at).div(scale);
      inside(floats(dy, at), t, low, high).intoMemorySegment(dx, at, LITTLE_ENDIAN);
    }
  }

  private static FloatVector inside(
      FloatVector gradient, FloatVector t, FloatVector low, FloatVector high) {
    VectorMask<Float> inside =
        t.compare(VectorOperators.GE, low).and(t.compare(VectorOperators.LE, high));
    return FloatVector.zero(FLOATS).blend(gradient, inside);
  }

  private static FloatVector zeros(AffineSteps steps, int slot) {
    IntVector zeros = IntVector.fromArray(INTS, steps.zeroPoints(), slot);
    return (FloatVector) zeros.convertShape(VectorOperators.I2F, FLOATS, 0);
  }

  private static FloatVector floats(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(FLOATS, x, at, LITTLE_ENDIAN);
  }
}
