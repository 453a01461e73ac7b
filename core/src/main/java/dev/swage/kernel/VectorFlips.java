package dev.swage.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.swage.kernel.ScalarFakeQuantization.Row;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Counting of changed codes for {@link VectorFakeQuantization}. */
final class VectorFlips {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final int LANES = 8;
  private static final int BITS = VectorQuantization.ROUNDER_BITS;

  private VectorFlips() {}

  static long count(
      MemorySegment a, AffineSteps stepsOfA, MemorySegment b, AffineSteps stepsOfB, Block block) {
    long flips = 0;
    for (long r = 0; r < block.rows(); r++) {
      Row row = Row.of(block, r);
      long whole = row.length() - row.length() % LANES;
      flips +=
          row.own()
              ? inRow(a, stepsOfA, b, stepsOfB, row, whole)
              : inColumns(a, stepsOfA, b, stepsOfB, row, whole);
      flips += ScalarFakeQuantization.flips(a, stepsOfA, b, stepsOfB, row, whole);
    }
    return flips;
  }

  private static long inRow(
      MemorySegment a,
      AffineSteps stepsOfA,
      MemorySegment b,
      AffineSteps stepsOfB,
      Row row,
      long whole) {
    FloatVector scaleOfA = FloatVector.broadcast(FLOATS, stepsOfA.scales()[row.slot()]);
    FloatVector scaleOfB = FloatVector.broadcast(FLOATS, stepsOfB.scales()[row.slot()]);
    IntVector low = IntVector.broadcast(INTS, BITS + stepsOfA.low(row.slot()));
    IntVector high = IntVector.broadcast(INTS, BITS + stepsOfA.high(row.slot()));
    long flips = 0;
    for (long i = 0; i < whole; i += LANES) {
      long at = row.at() + i * 4;
      IntVector before = VectorQuantization.rounded(floats(a, at), scaleOfA, low, high);
      IntVector after = VectorQuantization.rounded(floats(b, at), scaleOfB, low, high);
      flips += before.compare(VectorOperators.NE, after).trueCount();
    }
    return flips;
  }

  private static long inColumns(
      MemorySegment a,
      AffineSteps stepsOfA,
      MemorySegment b,
      AffineSteps stepsOfB,
      Row row,
      long whole) {
    IntVector least = IntVector.broadcast(INTS, BITS + stepsOfA.min());
    IntVector most = IntVector.broadcast(INTS, BITS + stepsOfA.max());
    long flips = 0;
    for (int j = 0; j < whole; j += LANES) {
      long at = row.at() + j * 4L;
      int slot = row.slot() + j;
      IntVector zero = IntVector.fromArray(INTS, stepsOfA.zeroPoints(), slot);
      IntVector low = least.sub(zero);
      IntVector high = most.sub(zero);
      FloatVector scaleOfA = FloatVector.fromArray(FLOATS, stepsOfA.scales(), slot);
      FloatVector scaleOfB = FloatVector.fromArray(FLOATS, stepsOfB.scales(), slot);
      IntVector before = VectorQuantization.rounded(floats(a, at), scaleOfA, low, high);
      IntVector after = VectorQuantization.rounded(floats(b, at), scaleOfB, low, high);
      flips += before.compare(VectorOperators.NE, after).trueCount();
    }
    return flips;
  }

  private static FloatVector floats(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(FLOATS, x, at, LITTLE_ENDIAN);
  }
}
