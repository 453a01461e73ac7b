package dev.swage.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes WAV files byte by byte. */
public final class Wav {
  private Wav() {}

  /** A file with a chunk that nobody knows before the samples, of these bytes. */
  public static byte[] of(int kind, int channels, int rate, int bits, byte[] samples) {
    ByteBuffer out = ByteBuffer.allocate(58 + samples.length).order(ByteOrder.LITTLE_ENDIAN);
    out.put(ascii("RIFF")).putInt(50 + samples.length).put(ascii("WAVE"));
    out.put(ascii("fmt ")).putInt(16).putShort((short) kind).putShort((short) channels);
    out.putInt(rate).putInt(rate * channels * bits / 8);
    out.putShort((short) (channels * bits / 8)).putShort((short) bits);
    out.put(ascii("LIST")).putInt(5).put(new byte[6]); // an odd size is filled up
    return out.put(ascii("data")).putInt(samples.length).put(samples).array();
  }

  /** 16 bits, one channel. */
  public static byte[] of(int rate, int... samples) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * samples.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int sample : samples) {
      bytes.putShort((short) sample);
    }
    return of(1, 1, rate, 16, bytes.array());
  }

  static void write(Path file, int rate, int... samples) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, of(rate, samples));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
