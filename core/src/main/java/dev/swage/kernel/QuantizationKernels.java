package dev.swage.kernel;

import java.lang.foreign.MemorySegment;

/**
 * The inner loops of quantization. Arguments are trusted: {@link Quantization} has checked them.
 * Implementations give the same bits. Float segments are little-endian float32; code segments hold
 * one code in a byte, except where they are packed.
 */
interface QuantizationKernels {
  /** {@code into[slot] = max(into[slot], |x|)}; NaN stays. */
  void absMax(MemorySegment x, Block block, float[] into);

  /** {@code min[slot] = min(min[slot], x)}, {@code max} likewise; NaN stays in both; −0 < +0. */
  void minMax(MemorySegment x, Block block, float[] min, float[] max);

  /** Codes of the block's elements, a byte each, the first at {@code codesAt}. */
  void quantize(
      MemorySegment x, Block block, AffineCodes affine, MemorySegment codes, long codesAt);

  /** As {@link #quantize}, adding to {@code loss} what each element and its error squared are. */
  void quantizeAndMeasure(
      MemorySegment x,
      Block block,
      AffineCodes affine,
      MemorySegment codes,
      long codesAt,
      CodeLoss loss);

  /**
   * As {@link #quantize} of one row of finite elements to {@code row.at()} and {@link #absMax} of
   * the row after it, of the same length, in one loop: memory is read while codes are computed.
   */
  void quantizeThenScan(
      MemorySegment x, Block row, AffineCodes affine, MemorySegment codes, float[] absMax);

  /** Floats of the block's elements from their codes, the first at {@code codesAt}. */
  void dequantize(
      MemorySegment codes, long codesAt, Block block, AffineCodes affine, MemorySegment x);

  /**
   * For each trial and lane adds {@code Σ k x} and {@code Σ k²} over the first {@code rows} rows of
   * the tile, {@code k = clip(round(x · (1 / scale)), low, high)}; a tile's sums are made in
   * float32, row after row, and added in double.
   */
  void project(ScaleTrials trials, int rows);

  /** Codes of one byte each to {@code bits} = 2 or 4 bits, first code lowest, zero padded. */
  void pack(MemorySegment codes, MemorySegment packed, int bits);

  /** The reverse of {@link #pack}; sign-extends when {@code signed}. */
  void unpack(MemorySegment packed, MemorySegment codes, int bits, boolean signed);

  /**
   * Counts finite elements into bins of equal width on both sides of 0 and returns how many were
   * not finite. With {@code h = counts.length / 2} and {@code k = trunc(|x| · scale)}, at most h −
   * 1: a negative x counts in bin {@code h − 1 − k}, any other in bin {@code h + k}.
   */
  long histogram(MemorySegment x, float scale, long[] counts);

  /**
   * Extremes, sums and counts of all elements. Element i goes to partial sum i mod 16, which are
   * added by halves (0+8, 1+9, …, then 0+4, …).
   */
  FloatSummary summary(MemorySegment x);
}
