package dev.swage.files;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 in lower-case hexadecimal, of bytes that are given one after the other. */
public final class Sha256 {
  private static final int CHUNK = 1 << 16;

  private final MessageDigest digest;

  /** Of no bytes yet. */
  public Sha256() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** The hash of these bytes. */
  public static String of(byte[] bytes) {
    Sha256 hash = new Sha256();
    hash.digest.update(bytes);
    return hash.digits();
  }

  /** The hash of a text in UTF-8. */
  public static String of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The hash of a file, which may have any size. */
  public static String of(Path file) throws IOException {
    Sha256 hash = new Sha256();
    hash.add(file);
    return hash.digits();
  }

  /** Goes on with a text in UTF-8. */
  public void add(String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Goes on with one byte. */
  public void add(byte value) {
    digest.update(value);
  }

  /** Goes on with the bytes of a file. */
  public void add(Path file) throws IOException {
    byte[] chunk = new byte[CHUNK];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        digest.update(chunk, 0, read);
      }
    }
  }

  /** Goes on with memory of any kind. */
  public void add(MemorySegment bytes) {
    byte[] chunk = new byte[(int) Math.min(CHUNK, bytes.byteSize())];
    for (long at = 0; at < bytes.byteSize(); at += chunk.length) {
      int length = (int) Math.min(chunk.length, bytes.byteSize() - at);
      MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, chunk, 0, length);
      digest.update(chunk, 0, length);
    }
  }

  /** A stream that goes on with what is written to {@code out} through it. */
  public OutputStream over(OutputStream out) {
    return new FilterOutputStream(out) {
      @Override
      public void write(int value) throws IOException {
        out.write(value);
        digest.update((byte) value);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
        digest.update(bytes, offset, length);
      }
    };
  }

  /** The hash of all bytes up to now: 64 digits. It begins anew after that. */
  public String digits() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
