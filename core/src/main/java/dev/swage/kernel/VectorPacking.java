package dev.swage.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Packing for {@link VectorQuantization}: 32 codes at a time, seen as 8 ints of four codes, which
 * are shifted together and narrowed to 16 or 8 bits. (Casts between bytes and shorts are not
 * compiled to instructions on AVX2; those of ints are.)
 */
final class VectorPacking {
  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Short> NIBBLES = ShortVector.SPECIES_128;
  private static final VectorSpecies<Byte> QUARTETS = ByteVector.SPECIES_64;
  private static final int CODES = 32;
  private static final ScalarQuantization TAIL = new ScalarQuantization();

  private VectorPacking() {}

  static void pack(MemorySegment codes, MemorySegment packed, int bits) {
    long whole = codes.byteSize() - codes.byteSize() % CODES;
    if (bits == 4) {
      packNibbles(codes, packed, whole);
    } else {
      packQuartets(codes, packed, whole);
    }
    TAIL.pack(codes.asSlice(whole), packed.asSlice(whole * bits / 8), bits);
  }

  private static void packNibbles(MemorySegment codes, MemorySegment packed, long whole) {
    for (long at = 0; at < whole; at += CODES) {
      nibbles(load(BYTES, codes, at)).intoMemorySegment(packed, at / 2, LITTLE_ENDIAN);
    }
  }

  private static void packQuartets(MemorySegment codes, MemorySegment packed, long whole) {
    for (long at = 0; at < whole; at += CODES) {
      quartets(load(BYTES, codes, at)).intoMemorySegment(packed, at / 4, LITTLE_ENDIAN);
    }
  }

  private static ByteVector load(VectorSpecies<Byte> species, MemorySegment bytes, long at) {
    return ByteVector.fromMemorySegment(species, bytes, at, LITTLE_ENDIAN);
  }

  private static ShortVector nibbles(ByteVector codes) {
    IntVector four = codes.reinterpretAsInts();
    IntVector merged =
        four.and(0xf)
            .or(four.lanewise(VectorOperators.LSHR, 4).and(0xf0))
            .or(four.lanewise(VectorOperators.LSHR, 8).and(0xf00))
            .or(four.lanewise(VectorOperators.LSHR, 12).and(0xf000));
    return (ShortVector) merged.convertShape(VectorOperators.I2S, NIBBLES, 0);
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
    long whole = codes.byteSize() - codes.byteSize() % CODES;
    if (bits == 4) {
      unpackNibbles(packed, codes, whole, sign);
    } else {
      unpackQuartets(packed, codes, whole, sign);
    }
    TAIL.unpack(packed.asSlice(whole * bits / 8), codes.asSlice(whole), bits, signed);
  }

  private static void unpackNibbles(
      MemorySegment packed, MemorySegment codes, long whole, byte sign) {
    for (long at = 0; at < whole; at += CODES) {
      ShortVector pairs = ShortVector.fromMemorySegment(NIBBLES, packed, at / 2, LITTLE_ENDIAN);
      extend(fromNibbles(pairs), sign).intoMemorySegment(codes, at, LITTLE_ENDIAN);
    }
  }

  private static void unpackQuartets(
      MemorySegment packed, MemorySegment codes, long whole, byte sign) {
    for (long at = 0; at < whole; at += CODES) {
      ByteVector fours = load(QUARTETS, packed, at / 4);
      extend(fromQuartets(fours), sign).intoMemorySegment(codes, at, LITTLE_ENDIAN);
    }
  }

  /** Codes whose highest bit is {@code sign} become negative; 0 leaves all as they are. */
  private static ByteVector extend(ByteVector codes, byte sign) {
    return codes.lanewise(VectorOperators.XOR, sign).sub(sign);
  }

  private static ByteVector fromNibbles(ShortVector packed) {
    IntVector four = (IntVector) packed.convertShape(VectorOperators.S2I, INTS, 0);
    return four.and(0xf)
        .or(four.lanewise(VectorOperators.LSHL, 4).and(0xf00))
        .or(four.lanewise(VectorOperators.LSHL, 8).and(0xf0000))
        .or(four.lanewise(VectorOperators.LSHL, 12).and(0xf000000))
        .reinterpretAsBytes();
  }

  private static ByteVector fromQuartets(ByteVector packed) {
    IntVector four = (IntVector) packed.convertShape(VectorOperators.B2I, INTS, 0);
    return four.and(3)
        .or(four.lanewise(VectorOperators.LSHL, 6).and(0x300))
        .or(four.lanewise(VectorOperators.LSHL, 12).and(0x30000))
        .or(four.lanewise(VectorOperators.LSHL, 18).and(0x3000000))
        .reinterpretAsBytes();
  }
}
