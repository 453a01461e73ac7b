package dev.swage.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Quantization of a row, which is in cache, together with the scan of the next, which is not. A
 * loop that does one after the other leaves memory idle while it divides: this one is faster by a
 * quarter. NaN is not looked for: the row has been scanned.
 */
final class VectorPipeline {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_64;
  private static final int LANES = 8;
  private static final int SIGN_CLEARED = 0x7fffffff;

  private VectorPipeline() {}

  static void quantizeThenScan(
      MemorySegment x, Block row, AffineCodes affine, MemorySegment codes, float[] absMax) {
    long length = row.length();
    long whole = length - length % (2 * LANES);
    int bits = quantizeAndScan(x, row, whole, affine, codes);
    for (long i = row.at() + whole; i < row.at() + length; i++) {
      float value = x.get(Tensor.LE_FLOAT, i * Float.BYTES);
      codes.set(
          ValueLayout.JAVA_BYTE, i, (byte) ScalarQuantization.code(value, affine, row.slot()));
      int next = x.get(Tensor.LE_INT, (i + length) * Float.BYTES) & SIGN_CLEARED;
      bits = Math.max(bits, next);
    }
    int slot = row.slot() + 1;
    absMax[slot] = Math.max(absMax[slot], Float.intBitsToFloat(bits));
  }

  /** The largest bits of a magnitude among the first {@code whole} elements of the next row. */
  private static int quantizeAndScan(
      MemorySegment x, Block row, long whole, AffineCodes affine, MemorySegment codes) {
    int zero = affine.zeroPoints()[row.slot()];
    FloatVector scale = FloatVector.broadcast(FLOATS, affine.scales()[row.slot()]);
    IntVector low =
        IntVector.broadcast(INTS, VectorQuantization.ROUNDER_BITS + affine.min() - zero);
    IntVector high =
        IntVector.broadcast(INTS, VectorQuantization.ROUNDER_BITS + affine.max() - zero);
    IntVector a = IntVector.zero(INTS);
    IntVector b = a;
    long at = row.at() * Float.BYTES;
    long ahead = row.length() * Float.BYTES;
    for (long i = 0; i < whole; i += 2 * LANES, at += 2 * LANES * Float.BYTES) {
      a = a.max(magnitudes(x, at + ahead));
      b = b.max(magnitudes(x, at + ahead + LANES * Float.BYTES));
      bytes(rounded(x, at, scale).max(low).min(high).add(zero))
          .intoMemorySegment(codes, row.at() + i, LITTLE_ENDIAN);
      bytes(rounded(x, at + LANES * Float.BYTES, scale).max(low).min(high).add(zero))
          .intoMemorySegment(codes, row.at() + i + LANES, LITTLE_ENDIAN);
    }
    return a.max(b).reduceLanes(VectorOperators.MAX);
  }

  private static IntVector magnitudes(MemorySegment x, long at) {
    return IntVector.fromMemorySegment(INTS, x, at, LITTLE_ENDIAN).and(SIGN_CLEARED);
  }

  private static IntVector rounded(MemorySegment x, long at, FloatVector scale) {
    return FloatVector.fromMemorySegment(FLOATS, x, at, LITTLE_ENDIAN)
        .div(scale)
        .add(VectorQuantization.ROUNDER)
        .reinterpretAsInts();
  }

  private static ByteVector bytes(IntVector codes) {
    return (ByteVector) codes.convertShape(VectorOperators.I2B, BYTES, 0);
  }
}
