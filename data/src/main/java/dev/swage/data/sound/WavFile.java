package dev.swage.data.sound;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A decoded recording: one channel, the mean of all that the file has, samples from −1 to 1.
 * Integers of 8 bits (unsigned), 16, 24 and 32 bits, and floats of 32 and 64 bits are read.
 */
public final class WavFile {
  private static final int INTEGER = 1;
  private static final int FLOAT = 3;
  private static final int EXTENSIBLE = 0xFFFE;
  private static final int MOST_CHANNELS = 64;
  private static final int HIGHEST_RATE = 768_000;

  private final int rate;
  private final float[] samples;

  private WavFile(int rate, float[] samples) {
    this.rate = rate;
    this.samples = samples;
  }

  /**
   * Decodes the bytes of a file.
   *
   * @throws IOException saying in one line what is wrong
   */
  public static WavFile read(byte[] bytes) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.length < 12 || !tag(bytes, 0).equals("RIFF") || !tag(bytes, 8).equals("WAVE")) {
      throw new IOException("it does not begin with RIFF and WAVE");
    }
    Format format = null;
    long at = 12;
    while (at + 8 <= bytes.length) {
      String tag = tag(bytes, (int) at);
      long size = Integer.toUnsignedLong(in.getInt((int) at + 4));
      long begin = at + 8;
      if (tag.equals("fmt ")) {
        format = Format.read(in, (int) begin, size);
      } else if (tag.equals("data")) {
        if (format == null) {
          throw new IOException("it has no format before its samples");
        }
        return new WavFile(format.rate, format.samples(in, (int) begin, size));
      }
      at = begin + size + (size & 1);
    }
    throw new IOException("it has no samples: it ends without a chunk 'data'");
  }

  private static String tag(byte[] bytes, int at) {
    return new String(bytes, at, 4, StandardCharsets.ISO_8859_1);
  }

  /** Samples a second. */
  public int rate() {
    return rate;
  }

  /** How many samples there are. */
  public int length() {
    return samples.length;
  }

  /** The samples, for reading. */
  public float[] samples() {
    return samples.clone();
  }

  private record Format(int kind, int channels, int rate, int bits) {
    static Format read(ByteBuffer in, int at, long size) throws IOException {
      if (size < 16 || at + size > in.capacity()) {
        throw new IOException("its format has %d bytes, expected at least 16".formatted(size));
      }
      int kind = Short.toUnsignedInt(in.getShort(at));
      if (kind == EXTENSIBLE && size >= 26) {
        kind = Short.toUnsignedInt(in.getShort(at + 24));
      }
      Format format =
          new Format(
              kind,
              Short.toUnsignedInt(in.getShort(at + 2)),
              in.getInt(at + 4),
              Short.toUnsignedInt(in.getShort(at + 14)));
      format.check();
      return format;
    }

    private void check() throws IOException {
      boolean integers = kind == INTEGER && (bits == 8 || bits == 16 || bits == 24 || bits == 32);
      boolean floats = kind == FLOAT && (bits == 32 || bits == 64);
      if (!integers && !floats) {
        throw new IOException(
            "its samples are of format %d with %d bits, expected PCM of 8, 16, 24 or 32 bits or floats of 32 or 64"
                .formatted(kind, bits));
      }
      if (channels < 1 || channels > MOST_CHANNELS) {
        throw new IOException(
            "it has %d channels, expected 1 to %d".formatted(channels, MOST_CHANNELS));
      }
      if (rate < 1 || rate > HIGHEST_RATE) {
        throw new IOException(
            "it has %d samples a second, expected 1 to %d".formatted(rate, HIGHEST_RATE));
      }
    }

    float[] samples(ByteBuffer in, int at, long size) throws IOException {
      int width = bits / Byte.SIZE;
      // Programs that write to a pipe do not know the size, and say 0 or the largest number.
      long there = size == 0 || size == 0xFFFF_FFFFL ? in.capacity() - at : size;
      if (at + there > in.capacity()) {
        throw new IOException(
            "it ends after %d bytes of samples, its header says %d"
                .formatted(in.capacity() - at, there));
      }
      float[] samples = new float[Math.toIntExact(there / ((long) width * channels))];
      for (int i = 0; i < samples.length; i++) {
        double sum = 0;
        for (int channel = 0; channel < channels; channel++) {
          sum += sample(in, at + (i * channels + channel) * width);
        }
        samples[i] = (float) (sum / channels);
        if (!Float.isFinite(samples[i])) {
          throw new IOException("sample %d is %s".formatted(i, samples[i]));
        }
      }
      return samples;
    }

    private double sample(ByteBuffer in, int at) {
      return switch (bits) {
        case 8 -> (Byte.toUnsignedInt(in.get(at)) - 128) / 128.0;
        case 16 -> in.getShort(at) / 32768.0;
        case 24 ->
            ((in.get(at) & 0xFF) | (in.get(at + 1) & 0xFF) << 8 | in.get(at + 2) << 16) / 8388608.0;
        case 32 -> kind == FLOAT ? in.getFloat(at) : in.getInt(at) / 2147483648.0;
        default -> in.getDouble(at);
      };
    }
  }
}
