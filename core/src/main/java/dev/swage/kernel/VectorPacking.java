package dev.swage.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Packing for {@link VectorQuantization}: 32 codes at a time, seen as 16 shorts of two codes or 8
 * ints of four, whose codes are shifted together and narrowed to a byte.
 */
final class VectorPacking {
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_256;
  private static final VectorSpecies<Byte> NIBBLE_PAIRS = ByteVector.SPECIES_128;
  private static final VectorSpecies<Byte> QUARTETS = ByteVector.SPECIES_64;
  private static final int CODES = 32;
  private static final ScalarQuantization TAIL = new ScalarQuantization();

  private VectorPacking() {}

  static void pack(MemorySegment codes, MemorySegment packed, int bits) {
    long at = 0;
    for (; at <= codes.byteSize() - CODES; at += CODES) {
      ByteVector source = ByteVector.fromMemorySegment(BYTES, codes, at, LITTLE_ENDIAN);
      ByteVector merged = bits == 4 ? pairs(source) : quartets(source);
      merged.intoMemorySegment(packed, at * bits / 8, LITTLE_ENDIAN);
    }
    TAIL.pack(codes.asSlice(at), packed.asSlice(at * bits / 8), bits);
  }

  private static ByteVector pairs(ByteVector codes) {
    ShortVector two = codes.reinterpretAsShorts();
    ShortVector high = two.lanewise(VectorOperators.LSHR, 4).and((short) 0xf0);
    return (ByteVector)
        two.and((short) 0xf).or(high).convertShape(VectorOperators.S2B, NIBBLE_PAIRS, 0);
  }

  private static ByteVector quartets(ByteVector codes) {
    IntVector four = codes.reinterpretAsInts();
    IntVector merged =
        four.and(3)
            .or(four.lanewise(VectorOperators.LSHR, 6).and(0xc))
            .or(four.lanewise(VectorOperators.LSHR, 12).and(0x30))
            .or(four.lanewise(VectorOperators.LSHR, 18).and(0xc0));
    return (ByteVector) merged.convertShape(VectorOperators.I2B, QUARTETS, 0);
  }

  static void unpack(MemorySegment packed, MemorySegment codes, int bits, boolean signed) {
    byte sign = (byte) (signed ? 1 << (bits - 1) : 0);
    long at = 0;
    for (; at <= codes.byteSize() - CODES; at += CODES) {
      ByteVector spread = bits == 4 ? fromPairs(packed, at / 2) : fromQuartets(packed, at / 4);
      spread
          .lanewise(VectorOperators.XOR, sign)
          .sub(sign)
          .intoMemorySegment(codes, at, LITTLE_ENDIAN);
    }
    TAIL.unpack(packed.asSlice(at * bits / 8), codes.asSlice(at), bits, signed);
  }

  private static ByteVector fromPairs(MemorySegment packed, long at) {
    ByteVector source = ByteVector.fromMemorySegment(NIBBLE_PAIRS, packed, at, LITTLE_ENDIAN);
    ShortVector two =
        (ShortVector)
            source.convertShape(VectorOperators.ZERO_EXTEND_B2S, ShortVector.SPECIES_256, 0);
    ShortVector high = two.lanewise(VectorOperators.LSHL, 4).and((short) 0xf00);
    return two.and((short) 0xf).or(high).reinterpretAsBytes();
  }

  private static ByteVector fromQuartets(MemorySegment packed, long at) {
    ByteVector source = ByteVector.fromMemorySegment(QUARTETS, packed, at, LITTLE_ENDIAN);
    IntVector four =
        (IntVector) source.convertShape(VectorOperators.ZERO_EXTEND_B2I, IntVector.SPECIES_256, 0);
    return four.and(3)
        .or(four.lanewise(VectorOperators.LSHL, 6).and(0x300))
        .or(four.lanewise(VectorOperators.LSHL, 12).and(0x30000))
        .or(four.lanewise(VectorOperators.LSHL, 18).and(0x3000000))
        .reinterpretAsBytes();
  }
}
