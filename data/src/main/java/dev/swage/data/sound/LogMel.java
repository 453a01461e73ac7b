package dev.swage.data.sound;

import java.util.Arrays;

/**
 * Log-mel spectra. Frames of {@code window} samples begin every {@code hop} samples, under a
 * periodic Hann window and zero-padded to the next power of two N. Of each, the power {@code
 * |X_k|²} is gathered by triangular filters and {@code ln(power + 1e-6)} taken. The filters have
 * height 1; their corners lie evenly on HTK's mel scale, {@code mel(f) = 2595 · log10(1 + f /
 * 700)}, from 0 to half the rate. Safe for many threads.
 */
public final class LogMel {
  private static final double FLOOR = 1e-6;

  private final int mels;
  private final int hop;
  private final double[] hann;
  private final int size;
  private final Fourier fourier;
  private final double[][] filters;
  private final int[] begins;

  /**
   * @param rate samples a second
   * @param mels how many filters
   * @param window samples of a frame
   * @param hop samples from one frame to the next
   */
  public LogMel(int rate, int mels, int window, int hop) {
    this.mels = mels;
    this.hop = hop;
    hann = new double[window];
    for (int i = 0; i < window; i++) {
      hann[i] = 0.5 - 0.5 * StrictMath.cos(2 * Math.PI * i / window);
    }
    size = window == 1 ? 1 : Integer.highestOneBit(window - 1) * 2;
    fourier = new Fourier(size);
    filters = new double[mels][];
    begins = new int[mels];
    double top = mel(rate / 2.0);
    for (int m = 0; m < mels; m++) {
      double low = bin(top * m / (mels + 1), rate);
      double peak = bin(top * (m + 1) / (mels + 1), rate);
      double high = bin(top * (m + 2) / (mels + 1), rate);
      int first = (int) Math.floor(low) + 1;
      int last = Math.min(size / 2, (int) Math.ceil(high) - 1);
      begins[m] = first;
      filters[m] = new double[Math.max(0, last - first + 1)];
      for (int k = first; k <= last; k++) {
        filters[m][k - first] = Math.min((k - low) / (peak - low), (high - k) / (high - peak));
      }
    }
  }

  private static double mel(double hertz) {
    return 2595 * StrictMath.log10(1 + hertz / 700);
  }

  /** Where a frequency lies among the numbers of the spectrum. */
  private double bin(double mel, int rate) {
    return 700 * (StrictMath.pow(10, mel / 2595) - 1) * size / rate;
  }

  /** How many filters there are. */
  public int mels() {
    return mels;
  }

  /** Whether a filter lies between two numbers of the spectrum, so that nothing goes through it. */
  public boolean hasEmptyFilter() {
    for (double[] filter : filters) {
      if (filter.length == 0) {
        return true;
      }
    }
    return false;
  }

  /** Frames of so many samples; those that lie wholly in them. */
  public int frames(int samples) {
    return samples < hann.length ? 0 : 1 + (samples - hann.length) / hop;
  }

  /** The spectra of all frames, one frame after the other. */
  public float[] apply(float[] samples) {
    int frames = frames(samples.length);
    float[] out = new float[frames * mels];
    double[] real = new double[size];
    double[] imaginary = new double[size];
    for (int frame = 0; frame < frames; frame++) {
      Arrays.fill(real, 0);
      Arrays.fill(imaginary, 0);
      for (int i = 0; i < hann.length; i++) {
        real[i] = samples[frame * hop + i] * hann[i];
      }
      fourier.transform(real, imaginary);
      for (int k = 0; k <= size / 2; k++) {
        real[k] = real[k] * real[k] + imaginary[k] * imaginary[k];
      }
      for (int m = 0; m < mels; m++) {
        double sum = 0;
        for (int k = 0; k < filters[m].length; k++) {
          sum += filters[m][k] * real[begins[m] + k];
        }
        out[frame * mels + m] = (float) Math.log(sum + FLOOR);
      }
    }
    return out;
  }
}
