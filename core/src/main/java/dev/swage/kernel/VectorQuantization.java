package dev.swage.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.swage.kernel.Block.Sharing;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The Vector API twin of {@link ScalarQuantization}, in vectors of eight floats: the width at which
 * eight codes fill a 64-bit vector, and all that a memory-bound loop needs on wider machines.
 *
 * <p>Rounding half to even is the addition of {@link #ROUNDER}: after it, the low bits of the float
 * are the integer.
 */
final class VectorQuantization implements QuantizationKernels {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_64;
  private static final int LANES = 8;

  /** 1.5 · 2²³: added to |t| < 2²², the sum is rounded to an integer, its bits end in t's. */
  static final float ROUNDER = 0x1.8p23f;

  static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);

  /** Whether this machine has vectors of eight floats; otherwise this class would be slow. */
  static boolean fits() {
    return FloatVector.SPECIES_PREFERRED.length() >= LANES;
  }

  @Override
  public void absMax(MemorySegment x, Block block, float[] into) {
    VectorExtremes.absMax(x, block, into);
  }

  @Override
  public void minMax(MemorySegment x, Block block, float[] min, float[] max) {
    VectorExtremes.minMax(x, block, min, max);
  }

  @Override
  public void quantize(
      MemorySegment x, Block block, AffineCodes affine, MemorySegment codes, long codesAt) {
    long length = block.length();
    for (long row = 0; row < block.rows(); row++) {
      long at = (block.at() + row * length) * Float.BYTES;
      long to = codesAt + row * length;
      boolean byRow = block.sharing() == Sharing.ROW;
      int slot = block.slot() + (byRow ? (int) row : 0);
      long done =
          byRow
              ? quantizeRow(x, at, length, affine, slot, codes, to)
              : quantizeColumns(x, at, length, affine, slot, codes, to);
      for (long j = done; j < length; j++) {
        float value = x.get(Tensor.LE_FLOAT, at + j * 4);
        int code = ScalarQuantization.code(value, affine, byRow ? slot : slot + (int) j);
        codes.set(ValueLayout.JAVA_BYTE, to + j, (byte) code);
      }
    }
  }

  private static long quantizeRow(
      MemorySegment x,
      long at,
      long length,
      AffineCodes affine,
      int slot,
      MemorySegment codes,
      long to) {
    int zero = affine.zeroPoints()[slot];
    FloatVector scale = FloatVector.broadcast(FLOATS, affine.scales()[slot]);
    IntVector low = IntVector.broadcast(INTS, ROUNDER_BITS + affine.min() - zero);
    IntVector high = IntVector.broadcast(INTS, ROUNDER_BITS + affine.max() - zero);
    long i = 0;
    for (; i <= length - LANES; i += LANES) {
      IntVector code = rounded(floats(x, at + i * 4), scale, low, high).add(zero);
      bytes(code).intoMemorySegment(codes, to + i, LITTLE_ENDIAN);
    }
    return i;
  }

  private static long quantizeColumns(
      MemorySegment x,
      long at,
      long length,
      AffineCodes affine,
      int slot,
      MemorySegment codes,
      long to) {
    IntVector least = IntVector.broadcast(INTS, ROUNDER_BITS + affine.min());
    IntVector most = IntVector.broadcast(INTS, ROUNDER_BITS + affine.max());
    int j = 0;
    for (; j <= length - LANES; j += LANES) {
      FloatVector scale = FloatVector.fromArray(FLOATS, affine.scales(), slot + j);
      IntVector zero = IntVector.fromArray(INTS, affine.zeroPoints(), slot + j);
      FloatVector value = floats(x, at + j * 4L);
      IntVector code = rounded(value, scale, least.sub(zero), most.sub(zero)).add(zero);
      bytes(code).intoMemorySegment(codes, to + j, LITTLE_ENDIAN);
    }
    return j;
  }

  /**
   * {@code round(clip(x / scale))} as the bits of {@link #ROUNDER} plus it. Bounds are such bits
   * too: they are ordered as the values are, and integers clip in half the time. NaN gives {@code
   * low}.
   */
  static IntVector rounded(FloatVector x, FloatVector scale, IntVector low, IntVector high) {
    FloatVector sum = x.div(scale).add(ROUNDER);
    IntVector clipped = sum.reinterpretAsInts().max(low).min(high);
    return clipped.blend(low, sum.compare(VectorOperators.NE, sum).cast(INTS));
  }

  @Override
  public void quantizeAndMeasure(
      MemorySegment x,
      Block block,
      AffineCodes affine,
      MemorySegment codes,
      long codesAt,
      CodeLoss loss) {
    VectorMeasuring.quantize(x, block, affine, codes, codesAt, loss);
  }

  @Override
  public void quantizeThenScan(
      MemorySegment x, Block row, AffineCodes affine, MemorySegment codes, float[] absMax) {
    VectorPipeline.quantizeThenScan(x, row, affine, codes, absMax);
  }

  @Override
  public void dequantize(
      MemorySegment codes, long codesAt, Block block, AffineCodes affine, MemorySegment x) {
    long length = block.length();
    for (long row = 0; row < block.rows(); row++) {
      long from = codesAt + row * length;
      long at = (block.at() + row * length) * Float.BYTES;
      boolean byRow = block.sharing() == Sharing.ROW;
      int slot = block.slot() + (byRow ? (int) row : 0);
      long done =
          byRow
              ? dequantizeRow(codes, from, length, affine, slot, x, at)
              : dequantizeColumns(codes, from, length, affine, slot, x, at);
      for (long j = done; j < length; j++) {
        byte stored = codes.get(ValueLayout.JAVA_BYTE, from + j);
        int code = affine.signed() ? stored : stored & 0xff;
        int entry = byRow ? slot : slot + (int) j;
        x.set(Tensor.LE_FLOAT, at + j * 4, ScalarQuantization.value(code, affine, entry));
      }
    }
  }

  private static long dequantizeRow(
      MemorySegment codes,
      long from,
      long length,
      AffineCodes affine,
      int slot,
      MemorySegment x,
      long at) {
    FloatVector scale = FloatVector.broadcast(FLOATS, affine.scales()[slot]);
    int zero = affine.zeroPoints()[slot];
    boolean signed = affine.signed();
    long i = 0;
    for (; i <= length - LANES; i += LANES) {
      IntVector steps = codes(codes, from + i, signed).sub(zero);
      toFloats(steps).mul(scale).intoMemorySegment(x, at + i * 4, LITTLE_ENDIAN);
    }
    return i;
  }

  private static long dequantizeColumns(
      MemorySegment codes,
      long from,
      long length,
      AffineCodes affine,
      int slot,
      MemorySegment x,
      long at) {
    boolean signed = affine.signed();
    int j = 0;
    for (; j <= length - LANES; j += LANES) {
      FloatVector scale = FloatVector.fromArray(FLOATS, affine.scales(), slot + j);
      IntVector zero = IntVector.fromArray(INTS, affine.zeroPoints(), slot + j);
      IntVector steps = codes(codes, from + j, signed).sub(zero);
      toFloats(steps).mul(scale).intoMemorySegment(x, at + j * 4L, LITTLE_ENDIAN);
    }
    return j;
  }

  private static IntVector codes(MemorySegment codes, long at, boolean signed) {
    IntVector code =
        (IntVector)
            ByteVector.fromMemorySegment(BYTES, codes, at, LITTLE_ENDIAN)
                .convertShape(VectorOperators.B2I, INTS, 0);
    return signed ? code : code.and(0xff);
  }

  private static FloatVector toFloats(IntVector values) {
    return (FloatVector) values.convertShape(VectorOperators.I2F, FLOATS, 0);
  }

  @Override
  public void project(ScaleTrials trials, int rows) {
    VectorProjection.project(trials, rows);
  }

  @Override
  public void pack(MemorySegment codes, MemorySegment packed, int bits) {
    VectorPacking.pack(codes, packed, bits);
  }

  @Override
  public void unpack(MemorySegment packed, MemorySegment codes, int bits, boolean signed) {
    VectorPacking.unpack(packed, codes, bits, signed);
  }

  @Override
  public FloatSummary summary(MemorySegment x) {
    return VectorSummary.of(x);
  }

  @Override
  public long histogram(MemorySegment x, float scale, long[] counts) {
    return VectorHistogram.count(x, scale, counts);
  }

  private static FloatVector floats(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(FLOATS, x, at, LITTLE_ENDIAN);
  }

  private static ByteVector bytes(IntVector codes) {
    return (ByteVector) codes.convertShape(VectorOperators.I2B, BYTES, 0);
  }
}
