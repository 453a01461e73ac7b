package dev.swage.quant;

import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Count, extremes and central moment sums of the finite elements of a range, mergeable: {@code mK =
 * Σ (x − mean)^K}. Merging follows Pébay, "Formulas for robust, one-pass parallel computation of
 * covariances and arbitrary-order statistical moments" (2008).
 */
record Moments(
    long count,
    long zeros,
    long nonFinite,
    float min,
    float max,
    double mean,
    double m2,
    double m3,
    double m4) {
  static final Moments NONE =
      new Moments(0, 0, 0, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0, 0, 0, 0);

  /** Elements summed about their own mean at a time; a block stays in the first-level cache. */
  private static final int BLOCK = 4096;

  static Moments of(Tensor tensor) {
    long elements = tensor.shape().elements();
    Moments[] parts = new Moments[Chunks.count(elements, Chunks.SIZE)];
    Chunks.forEach(
        elements,
        Chunks.SIZE,
        (part, from, to) -> {
          float[] block = new float[BLOCK];
          Moments sum = NONE;
          for (long at = from; at < to; at += BLOCK) {
            int size = (int) Math.min(BLOCK, to - at);
            MemorySegment.copy(tensor.data(), Tensor.LE_FLOAT, at * Float.BYTES, block, 0, size);
            sum = sum.plus(ofBlock(block, size));
          }
          parts[part] = sum;
        });
    return Arrays.stream(parts).reduce(NONE, Moments::plus);
  }

  private static Moments ofBlock(float[] block, int size) {
    int finite = 0;
    int zeros = 0;
    float min = Float.POSITIVE_INFINITY;
    float max = Float.NEGATIVE_INFINITY;
    double sum = 0;
    for (int i = 0; i < size; i++) {
      float value = block[i];
      if (Float.isFinite(value)) {
        block[finite++] = value;
        zeros += value == 0 ? 1 : 0;
        min = Math.min(min, value);
        max = Math.max(max, value);
        sum += value;
      }
    }
    if (finite == 0) {
      return new Moments(0, 0, size, min, max, 0, 0, 0, 0);
    }
    double mean = sum / finite;
    double m2 = 0;
    double m3 = 0;
    double m4 = 0;
    for (int i = 0; i < finite; i++) {
      double d = block[i] - mean;
      double square = d * d;
      m2 += square;
      m3 += square * d;
      m4 += square * square;
    }
    return new Moments(finite, zeros, size - finite, min, max, mean, m2, m3, m4);
  }

  Moments plus(Moments b) {
    double n = count + b.count;
    if (count == 0 || b.count == 0) {
      Moments some = count == 0 ? b : this;
      return new Moments(
          some.count,
          some.zeros,
          nonFinite + b.nonFinite,
          some.min,
          some.max,
          some.mean,
          some.m2,
          some.m3,
          some.m4);
    }
    double na = count;
    double nb = b.count;
    double d = b.mean - mean;
    double s2 = m2 + b.m2 + d * d * na * nb / n;
    double s3 =
        m3 + b.m3 + d * d * d * na * nb * (na - nb) / (n * n) + 3 * d * (na * b.m2 - nb * m2) / n;
    double s4 =
        m4
            + b.m4
            + d * d * d * d * na * nb * (na * na - na * nb + nb * nb) / (n * n * n)
            + 6 * d * d * (na * na * b.m2 + nb * nb * m2) / (n * n)
            + 4 * d * (na * b.m3 - nb * m3) / n;
    return new Moments(
        count + b.count,
        zeros + b.zeros,
        nonFinite + b.nonFinite,
        Math.min(min, b.min),
        Math.max(max, b.max),
        mean + d * nb / n,
        s2,
        s3,
        s4);
  }

  /** Standard deviation of the population. */
  double std() {
    return count == 0 ? 0 : Math.sqrt(m2 / count);
  }

  /** Third standardized moment; 0 for a constant. */
  double skewness() {
    return m2 == 0 ? 0 : m3 / count / Math.pow(m2 / count, 1.5);
  }

  /** Fourth standardized moment less 3, which is 0 for a Gaussian; 0 for a constant. */
  double excessKurtosis() {
    return m2 == 0 ? 0 : m4 / count / (m2 / count * (m2 / count)) - 3;
  }
}
