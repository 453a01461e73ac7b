package dev.swage.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Histograms for {@link VectorQuantization}: bins are computed eight at a time, counted one by one.
 */
final class VectorHistogram {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final int LANES = 8;
  private static final ScalarQuantization SCALAR = new ScalarQuantization();

  private VectorHistogram() {}

  static long count(MemorySegment x, float scale, long[] counts) {
    int half = counts.length / 2;
    int[] bins = new int[LANES];
    long nonFinite = 0;
    long at = 0;
    for (; at <= x.byteSize() - LANES * Float.BYTES; at += LANES * Float.BYTES) {
      FloatVector value = FloatVector.fromMemorySegment(FLOATS, x, at, LITTLE_ENDIAN);
      // x − x is NaN exactly when x is not finite.
      if (value.sub(value).compare(VectorOperators.NE, 0f).anyTrue()) {
        nonFinite += SCALAR.histogram(x.asSlice(at, LANES * Float.BYTES), scale, counts);
        continue;
      }
      bins(value, scale, half).intoArray(bins, 0);
      for (int lane = 0; lane < LANES; lane++) {
        counts[bins[lane]]++;
      }
    }
    return nonFinite + SCALAR.histogram(x.asSlice(at), scale, counts);
  }

  private static IntVector bins(FloatVector value, float scale, int half) {
    IntVector k = (IntVector) value.abs().mul(scale).convertShape(VectorOperators.F2I, INTS, 0);
    IntVector bounded = k.min(half - 1);
    VectorMask<Integer> negative = value.compare(VectorOperators.LT, 0f).cast(INTS);
    return bounded.add(half).blend(bounded.neg().add(half - 1), negative);
  }
}
