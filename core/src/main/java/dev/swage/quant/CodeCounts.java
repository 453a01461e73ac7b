package dev.swage.quant;

import dev.swage.kernel.Block;
import dev.swage.kernel.Quantization;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;

/**
 * How well elements fill their codes. Many saturated elements mean that the range is too narrow;
 * many unused codes that it is too wide, or that few elements make up all of it.
 *
 * @param elements finite ones
 * @param saturated those whose code without limits, {@code round(x/scale) + zeroPoint}, lies
 *     outside {@code qmin … qmax}
 * @param codes how many there are: {@code qmax − qmin + 1}
 * @param unused those that stand for no element
 */
public record CodeCounts(long elements, long saturated, int codes, int unused) {
  /** Saturated share of the elements, 0…1. */
  public double saturatedShare() {
    return elements == 0 ? 0 : (double) saturated / elements;
  }

  /** Unused share of the codes, 0…1. */
  public double unusedShare() {
    return (double) unused / codes;
  }

  /**
   * Counts by a histogram. Elements are taken to be spread evenly in their bin, zeros excepted,
   * which are known: where bins are narrower than a step, a code at the edge of a gap may count as
   * used or unused by mistake, and so may the saturation of one bin at either end.
   */
  public static CodeCounts of(Histogram histogram, ScaleZeroPoint codes, QuantScheme scheme) {
    HistogramCodes counted = new HistogramCodes(scheme, codes);
    counted.addAll(histogram);
    return counted.counts();
  }

  /**
   * Counts exactly.
   *
   * @param tensor float32, finite, in the layout of the codes
   * @throws IllegalArgumentException if the shapes differ
   */
  public static CodeCounts of(Tensor tensor, QuantizedTensor quantized) {
    Quantizer.requireFloat32(tensor);
    if (!tensor.shape().equals(quantized.shape())) {
      throw new IllegalArgumentException(
          "shapes differ: %s and %s".formatted(tensor.shape(), quantized.shape()));
    }
    QuantScheme scheme = quantized.scheme();
    MemorySegment codes = unpacked(quantized.codes());
    BitSet used = new BitSet();
    long elements = tensor.shape().elements();
    for (long i = 0; i < elements; i++) {
      int code = codes.get(ValueLayout.JAVA_BYTE, i);
      used.set((scheme.storage().isSigned() ? code : code & 0xff) - scheme.storage().minInt());
    }
    long[] saturated = new long[1];
    Layout.of(tensor.shape(), scheme.granularity())
        .visit(0, elements, block -> saturated[0] += saturated(tensor, block, quantized));
    int all = scheme.qmax() - scheme.qmin() + 1;
    return new CodeCounts(elements, saturated[0], all, Math.max(0, all - used.cardinality()));
  }

  private static long saturated(Tensor tensor, Block block, QuantizedTensor quantized) {
    QuantScheme scheme = quantized.scheme();
    QuantParams params = quantized.params();
    long saturated = 0;
    for (long i = 0; i < block.elements(); i++) {
      long entry = block.sharing() == Block.Sharing.ROW ? i / block.length() : i % block.length();
      int slot = block.slot() + (int) entry;
      double code =
          Math.rint(tensor.getFloat(block.at() + i) / params.scales()[slot])
              + params.zeroPoints()[slot];
      saturated += code < scheme.qmin() || code > scheme.qmax() ? 1 : 0;
    }
    return saturated;
  }

  private static MemorySegment unpacked(Tensor codes) {
    if (codes.dtype().bits() == 8) {
      return codes.data();
    }
    MemorySegment bytes =
        MemorySegment.ofArray(new byte[Math.toIntExact(codes.shape().elements())]);
    Quantization.unpack(codes.data(), bytes, codes.dtype().bits(), codes.dtype().isSigned());
    return bytes;
  }
}
