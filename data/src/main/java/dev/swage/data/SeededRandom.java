package dev.swage.data;

import java.util.SplittableRandom;

/**
 * Random numbers that a seed fixes on every machine and Java version: SplitMix64 for the bits, and
 * Marsaglia's polar method in strict arithmetic for normal values. Not for use by several threads.
 */
final class SeededRandom {
  private final SplittableRandom bits;
  private double spare = Double.NaN;

  SeededRandom(long seed) {
    bits = new SplittableRandom(seed);
  }

  /** A seed for part {@code part} of what {@code seed} makes, far from its neighbours. */
  static long derive(long seed, long part) {
    return mix(mix(seed + 0x9E3779B97F4A7C15L) ^ (part * 0xD1342543DE82EF95L));
  }

  /** The finalizer of SplitMix64. */
  private static long mix(long z) {
    long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
    return b ^ (b >>> 31);
  }

  /** Uniform in [low, high). */
  double uniform(double low, double high) {
    return low + (high - low) * ((bits.nextLong() >>> 11) * 0x1p-53);
  }

  int below(int bound) {
    return bits.nextInt(bound);
  }

  /** An integer of {@code low … high}, both among them. */
  long between(long low, long high) {
    return high == Long.MAX_VALUE ? bits.nextLong(low - 1, high) + 1 : bits.nextLong(low, high + 1);
  }

  /** Standard normal. */
  double gaussian() {
    if (!Double.isNaN(spare)) {
      double value = spare;
      spare = Double.NaN;
      return value;
    }
    while (true) {
      double u = uniform(-1, 1);
      double v = uniform(-1, 1);
      double s = u * u + v * v;
      if (s > 0 && s < 1) {
        double factor = Math.sqrt(-2 * StrictMath.log(s) / s);
        spare = v * factor;
        return u * factor;
      }
    }
  }

  /**
   * The sum of four uniform values, scaled to mean 0 and variance 1: bell-shaped, within ±3.5, and
   * several times faster than {@link #gaussian}.
   */
  double roughlyGaussian() {
    long four = bits.nextLong();
    long sum = (four & 0xFFFF) + (four >>> 16 & 0xFFFF) + (four >>> 32 & 0xFFFF) + (four >>> 48);
    // Each of the four has mean (2^16 - 1) / 2 and variance (2^32 - 1) / 12.
    return (sum - 131_070) * (1.7320508075688772 / 65_536);
  }

  /** The numbers 0 … count−1 in random order. */
  int[] permutation(int count) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int j = below(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
