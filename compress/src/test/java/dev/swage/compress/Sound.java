package dev.swage.compress;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Sound as speech models take it: samples of a file, and spectra of overlapping frames. */
final class Sound {
  static final int WINDOW = 512;
  static final int HOP = 256;
  static final int BINS = WINDOW / 2 + 1;
  private static final int HEADER = 44;

  private static final double[] COS = new double[WINDOW];
  private static final double[] SIN = new double[WINDOW];

  /** The square root of Hann's window, so that window² of all frames sums to one. */
  private static final double[] WEIGHT = new double[WINDOW];

  static {
    for (int i = 0; i < WINDOW; i++) {
      COS[i] = Math.cos(2 * Math.PI * i / WINDOW);
      SIN[i] = Math.sin(2 * Math.PI * i / WINDOW);
      WEIGHT[i] = Math.sqrt(0.5 - 0.5 * COS[i]);
    }
  }

  private Sound() {}

  /** The samples of a WAV file of one channel and 16 bits, in -1…1. */
  static float[] read(Path wav) throws IOException {
    byte[] bytes = Files.readAllBytes(wav);
    ByteBuffer data = ByteBuffer.wrap(bytes, HEADER, bytes.length - HEADER);
    data.order(ByteOrder.LITTLE_ENDIAN);
    float[] samples = new float[data.remaining() / 2];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = data.getShort() / 32768f;
    }
    return samples;
  }

  /** Real and imaginary parts by bin, for frames centred on every hop; edges are mirrored. */
  static float[][] spectra(float[] samples) {
    float[][] spectra = new float[samples.length / HOP + 1][];
    for (int frame = 0; frame < spectra.length; frame++) {
      double[] windowed = new double[WINDOW];
      for (int i = 0; i < WINDOW; i++) {
        int at = Math.abs(frame * HOP + i - HOP);
        int mirrored = at < samples.length ? at : 2 * (samples.length - 1) - at;
        windowed[i] = WEIGHT[i] * samples[mirrored];
      }
      spectra[frame] = spectrum(windowed);
    }
    return spectra;
  }

  private static float[] spectrum(double[] frame) {
    float[] parts = new float[2 * BINS];
    for (int bin = 0; bin < BINS; bin++) {
      double real = 0;
      double imaginary = 0;
      for (int i = 0; i < WINDOW; i++) {
        real += frame[i] * COS[bin * i % WINDOW];
        imaginary -= frame[i] * SIN[bin * i % WINDOW];
      }
      parts[2 * bin] = (float) real;
      parts[2 * bin + 1] = (float) imaginary;
    }
    return parts;
  }

  /** The samples that have these spectra. */
  static float[] samples(float[][] spectra) {
    double[] sum = new double[(spectra.length - 1) * HOP + WINDOW];
    for (int frame = 0; frame < spectra.length; frame++) {
      for (int i = 0; i < WINDOW; i++) {
        sum[frame * HOP + i] += WEIGHT[i] * sample(spectra[frame], i);
      }
    }
    float[] samples = new float[sum.length];
    for (int i = 0; i < sum.length; i++) {
      samples[i] = (float) sum[i];
    }
    return Arrays.copyOfRange(samples, HOP, samples.length - HOP);
  }

  private static double sample(float[] parts, int i) {
    double value = 0;
    for (int bin = 0; bin < BINS; bin++) {
      double term =
          parts[2 * bin] * COS[bin * i % WINDOW] - parts[2 * bin + 1] * SIN[bin * i % WINDOW];
      value += bin == 0 || bin == BINS - 1 ? term : 2 * term;
    }
    return value / WINDOW;
  }
}
