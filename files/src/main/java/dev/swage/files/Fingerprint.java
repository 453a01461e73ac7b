package dev.swage.files;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * 48 bits that tell contents apart: CRC-32C, then the low half of CRC-32. Processors compute both
 * at several times the speed of a disk. It is no defence against a forger.
 */
public final class Fingerprint {
  /** Hexadecimal digits of a fingerprint. */
  public static final int DIGITS = 12;

  private final CRC32C castagnoli = new CRC32C();
  private final CRC32 ieee = new CRC32();

  /** Of no bytes yet. */
  public Fingerprint() {}

  /** Goes on with the bytes that remain in the buffer, which stays as it is. */
  public void update(ByteBuffer bytes) {
    castagnoli.update(bytes.duplicate());
    ieee.update(bytes.duplicate());
  }

  /** The fingerprint of all bytes up to now, in lower-case hexadecimal. */
  public String digits() {
    long bits = (castagnoli.getValue() << Short.SIZE) | (ieee.getValue() & 0xFFFF);
    return HexFormat.of().toHexDigits(bits, DIGITS);
  }
}
