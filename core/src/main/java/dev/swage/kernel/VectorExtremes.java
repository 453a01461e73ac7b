package dev.swage.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.swage.kernel.Block.Sharing;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Extremes for {@link VectorQuantization}. Rows are ordered by integer comparisons, which see NaN
 * and −0 without extra work: the bits of {@code |x|} are ordered as {@code |x|} is, with NaN above
 * infinity; {@link #key} extends that to both signs.
 */
final class VectorExtremes {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final int LANES = 8;
  private static final int SIGN_CLEARED = 0x7fffffff;
  private static final int INFINITY_BITS = 0x7f800000;
  private static final int NEGATIVE_INFINITY_KEY = 0xff800000 ^ SIGN_CLEARED;

  private VectorExtremes() {}

  static void absMax(MemorySegment x, Block block, float[] into) {
    long at = block.at() * Float.BYTES;
    for (long row = 0; row < block.rows(); row++, at += block.length() * Float.BYTES) {
      if (block.sharing() == Sharing.ROW) {
        int slot = block.slot() + (int) row;
        into[slot] = Math.max(into[slot], absMaxOfRow(x, at, block.length()));
      } else {
        absMaxOfColumns(x, at, (int) block.length(), into, block.slot());
      }
    }
  }

  private static float absMaxOfRow(MemorySegment x, long at, long length) {
    IntVector a = IntVector.zero(INTS);
    IntVector b = a;
    IntVector c = a;
    IntVector d = a;
    long i = 0;
    for (; i <= length - 4 * LANES; i += 4 * LANES) {
      a = a.max(ints(x, at + i * 4).and(SIGN_CLEARED));
      b = b.max(ints(x, at + i * 4 + 32).and(SIGN_CLEARED));
      c = c.max(ints(x, at + i * 4 + 64).and(SIGN_CLEARED));
      d = d.max(ints(x, at + i * 4 + 96).and(SIGN_CLEARED));
    }
    for (; i <= length - LANES; i += LANES) {
      a = a.max(ints(x, at + i * 4).and(SIGN_CLEARED));
    }
    int bits = a.max(b).max(c.max(d)).reduceLanes(VectorOperators.MAX);
    for (; i < length; i++) {
      bits = Math.max(bits, x.get(Tensor.LE_INT, at + i * 4) & SIGN_CLEARED);
    }
    return Float.intBitsToFloat(bits);
  }

  private static void absMaxOfColumns(
      MemorySegment x, long at, int length, float[] into, int slot) {
    int j = 0;
    for (; j <= length - LANES; j += LANES) {
      FloatVector max = FloatVector.fromArray(FLOATS, into, slot + j);
      max.max(floats(x, at + j * 4L).abs()).intoArray(into, slot + j);
    }
    for (; j < length; j++) {
      float value = Math.abs(x.get(Tensor.LE_FLOAT, at + j * 4L));
      into[slot + j] = Math.max(into[slot + j], value);
    }
  }

  static void minMax(MemorySegment x, Block block, float[] min, float[] max) {
    long at = block.at() * Float.BYTES;
    for (long row = 0; row < block.rows(); row++, at += block.length() * Float.BYTES) {
      if (block.sharing() == Sharing.ROW) {
        minMaxOfRow(x, at, block.length(), block.slot() + (int) row, min, max);
      } else {
        minMaxOfColumns(x, at, block, min, max);
      }
    }
  }

  private static void minMaxOfRow(
      MemorySegment x, long at, long length, int slot, float[] min, float[] max) {
    IntVector least = IntVector.broadcast(INTS, INFINITY_BITS);
    IntVector most = IntVector.broadcast(INTS, NEGATIVE_INFINITY_KEY);
    long i = 0;
    for (; i <= length - LANES; i += LANES) {
      IntVector bits = ints(x, at + i * 4);
      IntVector key =
          bits.lanewise(VectorOperators.ASHR, 31)
              .and(SIGN_CLEARED)
              .lanewise(VectorOperators.XOR, bits);
      least = least.min(key);
      most = most.max(key);
    }
    int low = least.reduceLanes(VectorOperators.MIN);
    int high = most.reduceLanes(VectorOperators.MAX);
    for (; i < length; i++) {
      int key = key(x.get(Tensor.LE_INT, at + i * 4));
      low = Math.min(low, key);
      high = Math.max(high, key);
    }
    boolean nan = low < NEGATIVE_INFINITY_KEY || high > INFINITY_BITS;
    min[slot] = Math.min(min[slot], nan ? Float.NaN : Float.intBitsToFloat(key(low)));
    max[slot] = Math.max(max[slot], nan ? Float.NaN : Float.intBitsToFloat(key(high)));
  }

  /** Bits of a float to an int ordered as the floats are, and back: it is its own inverse. */
  private static int key(int bits) {
    return bits ^ ((bits >> 31) & SIGN_CLEARED);
  }

  private static void minMaxOfColumns(
      MemorySegment x, long at, Block block, float[] min, float[] max) {
    int length = (int) block.length();
    int slot = block.slot();
    int j = 0;
    for (; j <= length - LANES; j += LANES) {
      FloatVector value = floats(x, at + j * 4L);
      FloatVector.fromArray(FLOATS, min, slot + j).min(value).intoArray(min, slot + j);
      FloatVector.fromArray(FLOATS, max, slot + j).max(value).intoArray(max, slot + j);
    }
    for (; j < length; j++) {
      float value = x.get(Tensor.LE_FLOAT, at + j * 4L);
      min[slot + j] = Math.min(min[slot + j], value);
      max[slot + j] = Math.max(max[slot + j], value);
    }
  }

  private static FloatVector floats(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(FLOATS, x, at, LITTLE_ENDIAN);
  }

  private static IntVector ints(MemorySegment x, long at) {
    return IntVector.fromMemorySegment(INTS, x, at, LITTLE_ENDIAN);
  }
}
