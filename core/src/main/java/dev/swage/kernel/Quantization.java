package dev.swage.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The kernels of quantization over float32 little-endian memory: extremes, codes and back, errors,
 * packing, histograms. Each call runs on the caller's thread; calls on blocks that do not share
 * entries or bytes may run at the same time, so callers split by size and use {@link Parallel}.
 * Every segment, array and range is checked here once per call; the inner loops trust them. Scalar
 * and Vector API kernels give the same bits. Memory of a mapped file may be read: what happens when
 * that is cut off is an {@link InternalError}.
 */
public final class Quantization {
  private static final QuantizationKernels SCALAR = new ScalarQuantization();
  private static final QuantizationKernels FAST =
      Simd.available() ? VectorKernels.fastest() : SCALAR;
  private static final QuantizationKernels COPYING = new CopyingKernels(FAST);

  private static final WarmUp WARM_UP = new WarmUp();

  private Quantization() {}

  /** Kernels for so many elements, or codes, that are read here. */
  private static QuantizationKernels kernels(MemorySegment read, long elements) {
    QuantizationKernels kernels = kernels(elements);
    return kernels != SCALAR && read.isMapped() ? COPYING : kernels;
  }

  private static QuantizationKernels kernels(long elements) {
    return WARM_UP.isOver(elements) ? FAST : SCALAR;
  }

  /**
   * The largest magnitude of each row or column: {@code into[slot] = max(into[slot], |x|)}. A NaN
   * makes the entry NaN, so that it cannot be missed.
   *
   * @param x float32 elements
   * @param block which elements, and their entries in {@code into}
   * @param into running maxima; start with zeros
   */
  public static void absMax(MemorySegment x, Block block, float[] into) {
    checkFloats(x, block);
    checkEntries("maxima", into.length, block);
    kernels(x, block.elements()).absMax(x, block, into);
  }

  /**
   * The extremes of each row or column. A NaN makes both entries NaN.
   *
   * @param x float32 elements
   * @param block which elements, and their entries in {@code min} and {@code max}
   * @param min running minima; start with +∞
   * @param max running maxima; start with −∞
   */
  public static void minMax(MemorySegment x, Block block, float[] min, float[] max) {
    checkFloats(x, block);
    checkEntries("minima", min.length, block);
    checkEntries("maxima", max.length, block);
    kernels(x, block.elements()).minMax(x, block, min, max);
  }

  /**
   * Quantizes as ONNX QuantizeLinear does: {@code clip(roundHalfEven(x / scale) + zeroPoint, min,
   * max)} with a float32 division. Infinities saturate; NaN gives the smallest code, so a caller
   * that must not lose one checks extremes first.
   *
   * @param x float32 elements
   * @param block which elements, and their scales
   * @param affine scales, zero points and the range of codes
   * @param codes where the codes go, one byte each; must not overlap {@code x}
   * @param codesAt byte of the block's first code
   */
  public static void quantize(
      MemorySegment x, Block block, AffineCodes affine, MemorySegment codes, long codesAt) {
    checkFloats(x, block);
    checkEntries("scales", affine.scales().length, block);
    checkCodes(codes, codesAt, block);
    kernels(x, block.elements()).quantize(x, block, affine, codes, codesAt);
  }

  /**
   * As {@link #quantize}, and counts what is lost on the way, which costs less than looking at
   * elements and codes again.
   *
   * @param x float32 elements, finite
   * @param loss what to add to; its unit is that of the block's scales
   */
  public static void quantizeAndMeasure(
      MemorySegment x,
      Block block,
      AffineCodes affine,
      MemorySegment codes,
      long codesAt,
      CodeLoss loss) {
    checkFloats(x, block);
    checkEntries("scales", affine.scales().length, block);
    checkCodes(codes, codesAt, block);
    kernels(x, block.elements()).quantizeAndMeasure(x, block, affine, codes, codesAt, loss);
  }

  /**
   * Quantizes one row and takes the largest magnitude of the next in the same loop, so that memory
   * is read while codes are computed: how a tensor with a scale per row is quantized at the speed
   * of memory. The same as {@link #quantize} to byte {@code row.at()} and {@link #absMax} of the
   * next row.
   *
   * @param x float32 elements; those of the row are finite
   * @param row a block of one row with an entry of its own
   * @param affine scales, zero points and the range of codes
   * @param codes where the codes go, one byte each; must not overlap {@code x}
   * @param absMax running maxima; entry {@code row.slot() + 1} is the next row's
   */
  public static void quantizeThenScan(
      MemorySegment x, Block row, AffineCodes affine, MemorySegment codes, float[] absMax) {
    if (row.rows() != 1 || row.sharing() != Block.Sharing.ROW) {
      throw new IllegalArgumentException("one row with an entry of its own is needed, got " + row);
    }
    checkFloats(x, row.next());
    checkEntries("scales", affine.scales().length, row);
    checkEntries("maxima", absMax.length, row.next());
    checkCodes(codes, row.at(), row);
    kernels(x, row.elements()).quantizeThenScan(x, row, affine, codes, absMax);
  }

  /**
   * Gives codes their floats back as ONNX DequantizeLinear does: {@code (q − zeroPoint) · scale} in
   * float32.
   *
   * @param codes codes, one byte each
   * @param codesAt byte of the block's first code
   * @param block which elements of {@code x}, and their scales
   * @param affine scales, zero points; a negative {@code min} makes the bytes signed
   * @param x where the floats go; must not overlap {@code codes}
   */
  public static void dequantize(
      MemorySegment codes, long codesAt, Block block, AffineCodes affine, MemorySegment x) {
    checkFloats(x, block);
    checkEntries("scales", affine.scales().length, block);
    checkCodes(codes, codesAt, block);
    kernels(codes, block.elements()).dequantize(codes, codesAt, block, affine, x);
  }

  /**
   * Adds the first {@code rows} rows of the tile to the sums of all scales on trial. What a tile
   * adds depends on nothing but its own values.
   *
   * @param trials the tile, finite, and the scales; its sums change
   * @param rows rows of the tile, at most {@link ScaleTrials#ROWS}
   */
  public static void project(ScaleTrials trials, int rows) {
    if (rows < 0 || rows > ScaleTrials.ROWS) {
      throw new IllegalArgumentException(
          "a tile has 0…%d rows, got %d".formatted(ScaleTrials.ROWS, rows));
    }
    kernels((long) rows * ScaleTrials.LANES * trials.count()).project(trials, rows);
  }

  /**
   * Packs codes of one byte each as ONNX does: 4-bit codes two to a byte, low nibble first; 2-bit
   * codes four to a byte, lowest bits first; the last byte is padded with zero bits.
   *
   * @param codes codes, one byte each; only the low {@code bits} bits count
   * @param packed ⌈codes · bits / 8⌉ bytes; must not overlap {@code codes}
   * @param bits 2 or 4
   */
  public static void pack(MemorySegment codes, MemorySegment packed, int bits) {
    checkPacking(codes, packed, bits);
    kernels(codes, codes.byteSize()).pack(codes, packed, bits);
  }

  /**
   * The reverse of {@link #pack}.
   *
   * @param packed ⌈codes · bits / 8⌉ bytes
   * @param codes where the codes go, one byte each; must not overlap {@code packed}
   * @param bits 2 or 4
   * @param signed whether the highest bit of a code is its sign
   */
  public static void unpack(MemorySegment packed, MemorySegment codes, int bits, boolean signed) {
    checkPacking(codes, packed, bits);
    kernels(packed, codes.byteSize()).unpack(packed, codes, bits, signed);
  }

  /**
   * Counts finite elements into bins of equal width on both sides of 0: with {@code h =
   * counts.length / 2} and {@code k = min(trunc(|x| · scale), h − 1)}, a negative element counts in
   * bin {@code h − 1 − k}, any other in bin {@code h + k}. Counts are exact when {@code scale} is a
   * power of two.
   *
   * @param x float32 elements, all of the segment
   * @param scale 1 / width of a bin, positive
   * @param counts running counts, an even number of bins
   * @return how many elements were NaN or infinite, and are in no bin
   */
  public static long histogram(MemorySegment x, float scale, long[] counts) {
    checkWholeFloats(x);
    if (!(scale > 0) || Float.isInfinite(scale)) {
      throw new IllegalArgumentException("scale must be positive and finite, got " + scale);
    }
    if (counts.length < 2 || counts.length % 2 != 0) {
      throw new IllegalArgumentException(
          "an even number of bins from 2 is needed, got " + counts.length);
    }
    return kernels(x, x.byteSize() / Float.BYTES).histogram(x, scale, counts);
  }

  /**
   * Extremes, sums and counts of float32 elements in one pass. NaN and infinities are counted and
   * left out. Sums are in double, in an order that depends on the number of elements only.
   *
   * @param x float32 elements, all of the segment
   */
  public static FloatSummary summary(MemorySegment x) {
    checkWholeFloats(x);
    return kernels(x, x.byteSize() / Float.BYTES).summary(x);
  }

  private static void checkWholeFloats(MemorySegment x) {
    if (x.byteSize() % Float.BYTES != 0) {
      throw new IllegalArgumentException(
          "float32 elements need a multiple of 4 bytes, got " + x.byteSize());
    }
  }

  private static void checkFloats(MemorySegment x, Block block) {
    long end = Math.multiplyExact(Math.addExact(block.at(), block.elements()), Float.BYTES);
    if (end > x.byteSize()) {
      throw new IllegalArgumentException(
          "%s need %d bytes, got %d".formatted(block, end, x.byteSize()));
    }
  }

  private static void checkEntries(String what, int got, Block block) {
    if (block.elements() > 0 && block.slotEnd() > got) {
      throw new IllegalArgumentException(
          "%s need %d %s, got %d".formatted(block, block.slotEnd(), what, got));
    }
  }

  private static void checkCodes(MemorySegment codes, long codesAt, Block block) {
    if (codesAt < 0 || codesAt + block.elements() > codes.byteSize()) {
      throw new IllegalArgumentException(
          "%s need bytes %d…%d of codes, got %d"
              .formatted(block, codesAt, codesAt + block.elements() - 1, codes.byteSize()));
    }
  }

  private static void checkPacking(MemorySegment codes, MemorySegment packed, int bits) {
    if (bits != 2 && bits != 4) {
      throw new IllegalArgumentException("codes pack to 2 or 4 bits, got " + bits);
    }
    long needed = Math.ceilDiv(codes.byteSize() * bits, 8L);
    if (packed.byteSize() != needed) {
      throw new IllegalArgumentException(
          "%d codes of %d bits need %d bytes, got %d"
              .formatted(codes.byteSize(), bits, needed, packed.byteSize()));
    }
  }

  /** Kept apart so that the class is only loaded where the Vector API is. */
  private static final class VectorKernels {
    static QuantizationKernels fastest() {
      return VectorQuantization.fits() ? new VectorQuantization() : new ScalarQuantization();
    }
  }
}
