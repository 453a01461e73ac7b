package dev.swage.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * Mean, largest magnitude and central moment sums {@code mK = Σ (x − mean)^K} of a float32 tensor,
 * in double. Blocks of 4,096 elements are summed about their own mean while they are in cache, and
 * merged in a fixed order (Pébay, "Formulas for robust, one-pass parallel computation of
 * covariances and arbitrary-order statistical moments", 2008): one read of the memory, and the same
 * bits on any number of threads, with and without vectors.
 *
 * @param count number of elements
 * @param mean arithmetic mean; 0 of none; not finite if an element is not
 * @param largest the largest magnitude; NaN if an element is
 */
public record WeightMoments(
    long count, double mean, double m2, double m3, double m4, float largest) {
  /** Elements summed about their own mean at a time. */
  static final int BLOCK = 1 << 12;

  private static final WeightMoments NONE = new WeightMoments(0, 0, 0, 0, 0, 0);
  private static final boolean VECTORS = Simd.available() && VectorReductions.supported();

  /** The moments of each tensor; all cores work from 131,072 elements in total. */
  public static List<WeightMoments> of(List<MemorySegment> tensors) {
    Chunks chunks = Chunks.of(tensors);
    WeightMoments[] parts = new WeightMoments[chunks.count()];
    chunks.forEach((chunk, tensor, first, count) -> {
      WeightMoments sum = NONE;
      for (int done = 0; done < count; done += BLOCK) {
        int some = Math.min(BLOCK, count - done);
        sum = sum.plus(ofBlock(slice(tensors.get(tensor), first + done, some), some));
      }
      parts[chunk] = sum;
    });
    WeightMoments[] all = new WeightMoments[tensors.size()];
    for (int t = 0; t < all.length; t++) {
      all[t] =
          Arrays.stream(parts, chunks.firstChunk(t), chunks.firstChunk(t + 1))
              .reduce(NONE, WeightMoments::plus);
    }
    return List.of(all);
  }

  /** The moments of one tensor. */
  public static WeightMoments of(MemorySegment tensor) {
    return of(List.of(tensor)).getFirst();
  }

  private static WeightMoments ofBlock(MemorySegment block, int count) {
    return VECTORS ? VectorMoments.ofBlock(block, count) : ScalarMoments.ofBlock(block, count);
  }

  private static MemorySegment slice(MemorySegment tensor, long first, int count) {
    return tensor.asSlice(first * Float.BYTES, (long) count * Float.BYTES);
  }

  private WeightMoments plus(WeightMoments b) {
    if (count == 0 || b.count == 0) {
      return count == 0 ? b : this;
    }
    double na = count;
    double nb = b.count;
    double n = na + nb;
    double d = b.mean - mean;
    double square = d * d * na * nb / n;
    double s3 = m3 + b.m3 + square * d * (na - nb) / n + 3 * d * (na * b.m2 - nb * m2) / n;
    double s4 =
        m4
            + b.m4
            + square * d * d * (na * na - na * nb + nb * nb) / (n * n)
            + 6 * d * d * (na * na * b.m2 + nb * nb * m2) / (n * n)
            + 4 * d * (na * b.m3 - nb * m3) / n;
    return new WeightMoments(
        count + b.count,
        mean + d * nb / n,
        m2 + b.m2 + square,
        s3,
        s4,
        Math.max(largest, b.largest));
  }

  /** Standard deviation of the population; 0 of no elements. */
  public double std() {
    return count == 0 ? 0 : Math.sqrt(m2 / count);
  }

  /**
   * Fourth standardized moment {@code n·m4 / m2²}: 3 for a Gaussian, 1.8 for a uniform
   * distribution; NaN for a constant.
   */
  public double kurtosis() {
    return count * m4 / (m2 * m2);
  }

  /** The largest magnitude in standard deviations; 0 for a constant. */
  public double largestOverStd() {
    return m2 == 0 ? 0 : largest / std();
  }
}
