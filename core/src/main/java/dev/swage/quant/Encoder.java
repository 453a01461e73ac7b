package dev.swage.quant;

import dev.swage.kernel.AffineCodes;
import dev.swage.kernel.Block;
import dev.swage.kernel.CodeLoss;
import dev.swage.kernel.Quantization;
import java.lang.foreign.MemorySegment;

/**
 * Moves ranges of elements between floats and packed codes with given scales. Ranges start at a
 * multiple of four elements, so that they share no byte of the codes.
 */
final class Encoder {
  private final Layout layout;
  private final AffineCodes affine;
  private final int bits;

  Encoder(Layout layout, QuantScheme scheme, float[] scales, int[] zeroPoints) {
    this.layout = layout;
    this.affine = new AffineCodes(scales, zeroPoints, scheme.qmin(), scheme.qmax());
    this.bits = scheme.storage().bits();
  }

  void encode(MemorySegment floats, MemorySegment codes, long from, long to) {
    encode(
        codes, from, to, (block, to8, at) -> Quantization.quantize(floats, block, affine, to8, at));
  }

  /** As {@link #encode(MemorySegment, MemorySegment, long, long)}, counting what is lost. */
  void encode(MemorySegment floats, MemorySegment codes, long from, long to, CodeLoss loss) {
    encode(
        codes,
        from,
        to,
        (block, to8, at) -> Quantization.quantizeAndMeasure(floats, block, affine, to8, at, loss));
  }

  /** Makes codes of a block, a byte each, from byte {@code at} on. */
  @FunctionalInterface
  private interface Rounding {
    void run(Block block, MemorySegment codes, long at);
  }

  private void encode(MemorySegment codes, long from, long to, Rounding rounding) {
    if (bits == 8) {
      layout.visit(from, to, block -> rounding.run(block, codes, block.at()));
      return;
    }
    MemorySegment wide = MemorySegment.ofArray(new byte[(int) Math.min(to - from, Chunks.SIZE)]);
    for (long at = from; at < to; at += Chunks.SIZE) {
      long start = at;
      long end = Math.min(to, at + Chunks.SIZE);
      layout.visit(at, end, block -> rounding.run(block, wide, block.at() - start));
      Quantization.pack(wide.asSlice(0, end - at), packed(codes, at, end), bits);
    }
  }

  void decode(MemorySegment codes, MemorySegment floats, long from, long to) {
    if (bits == 8) {
      layout.visit(from, to, b -> Quantization.dequantize(codes, b.at(), b, affine, floats));
      return;
    }
    MemorySegment wide = MemorySegment.ofArray(new byte[(int) Math.min(to - from, Chunks.SIZE)]);
    for (long at = from; at < to; at += Chunks.SIZE) {
      long start = at;
      long end = Math.min(to, at + Chunks.SIZE);
      boolean signed = affine.min() < 0;
      Quantization.unpack(packed(codes, at, end), wide.asSlice(0, end - at), bits, signed);
      layout.visit(at, end, b -> Quantization.dequantize(wide, b.at() - start, b, affine, floats));
    }
  }

  private MemorySegment packed(MemorySegment codes, long from, long to) {
    return codes.asSlice(from * bits / 8, Math.ceilDiv((to - from) * bits, 8L));
  }
}
