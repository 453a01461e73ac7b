package dev.swage.testkit;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Seeded float arrays, and the sizes and fills at which vector code goes wrong. */
public final class TestFloats {
  private TestFloats() {}

  /** A generator with a fixed algorithm, so that a seed means the same everywhere. */
  public static RandomGenerator random(long seed) {
    return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  /** Standard normal values times {@code scale}. */
  public static float[] gaussian(int size, double scale, long seed) {
    RandomGenerator random = random(seed);
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (random.nextGaussian() * scale);
    }
    return values;
  }

  /** {@code size} copies of one value. */
  public static float[] filled(int size, float value) {
    float[] values = new float[size];
    Arrays.fill(values, value);
    return values;
  }

  /** Sizes around the widths of vectors and around the chunks of parallel kernels. */
  public static IntStream sizes() {
    return IntStream.of(
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 15, 16, 17, 25, 31, 32, 33, 63, 64, 65, 100, 255, 256,
        257, 1000, 4095, 4096, 4098, 65535, 65536, 65539);
  }

  /** Values that break naive arithmetic: zeros, subnormals, extremes, infinities, NaN. */
  public static Stream<Float> edges() {
    return Stream.of(
        0f,
        -0f,
        1f,
        -1f,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        Float.MIN_NORMAL,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.NaN);
  }
}
