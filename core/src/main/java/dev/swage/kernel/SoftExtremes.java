package dev.swage.kernel;

import static dev.swage.tensor.Tensor.LE_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Smooth extremes of a weight: means weighted by {@code e^(α·w)} and {@code e^(−α·w)}, which come
 * near the maximum and the minimum as α grows, with their variances under these weights. Exponents
 * are taken relative to the extremes, so that none overflows. In double, in a fixed order; two
 * exponentials for each element, and no vectors: some 20 ns an element.
 *
 * @param alpha α, > 0
 * @param high weighted by {@code e^(α·w)}
 * @param low weighted by {@code e^(−α·w)}
 */
public record SoftExtremes(double alpha, Side high, Side low) {
  /**
   * One side.
   *
   * @param extreme what exponents are relative to
   * @param total Σ of the weights e^(±α(w − extreme))
   * @param mean the weighted mean
   * @param variance the weighted variance
   */
  public record Side(double extreme, double total, double mean, double variance) {}

  private static final int SUMS = 6;

  /** Of a tensor with these extremes, which has at least an element. */
  public static SoftExtremes of(MemorySegment weight, double alpha, float min, float max) {
    Chunks chunks = Chunks.of(List.of(weight));
    double[][] parts = new double[SUMS][chunks.count()];
    chunks.forEach((chunk, t, first, count) -> {
      double[] sums = new double[SUMS];
      for (long i = first; i < first + count; i++) {
        double w = weight.get(LE_FLOAT, i << 2);
        addMoments(sums, 0, StrictMath.exp(alpha * (w - max)), w - max);
        addMoments(sums, 3, StrictMath.exp(alpha * (min - w)), w - min);
      }
      for (int s = 0; s < SUMS; s++) {
        parts[s][chunk] = sums[s];
      }
    });
    return new SoftExtremes(alpha, side(parts, 0, max), side(parts, 3, min));
  }

  private static void addMoments(double[] sums, int at, double weight, double value) {
    sums[at] += weight;
    sums[at + 1] += weight * value;
    sums[at + 2] += weight * value * value;
  }

  private static Side side(double[][] parts, int at, double extreme) {
    double total = Reductions.sum(parts[at]);
    double mean = Reductions.sum(parts[at + 1]) / total;
    double square = Reductions.sum(parts[at + 2]) / total;
    return new Side(extreme, total, extreme + mean, Math.max(0, square - mean * mean));
  }

  /** The distance between the two means. */
  public double range() {
    return high.mean() - low.mean();
  }

  /**
   * Adds {@code slope} times the derivative of {@link #range} by each element of the weight that
   * these are of: with p and q the two normalized weights, {@code p·(1 + α(w − high)) − q·(1 − α(w
   * − low))}.
   */
  public void addGradient(MemorySegment weight, MemorySegment gradient, double slope) {
    RangePenalties.requireSameSize(weight, gradient);
    Chunks.of(List.of(weight))
        .forEach((chunk, t, first, count) -> {
          for (long i = first; i < first + count; i++) {
            double w = weight.get(LE_FLOAT, i << 2);
            double p = StrictMath.exp(alpha * (w - high.extreme)) / high.total;
            double q = StrictMath.exp(alpha * (low.extreme - w)) / low.total;
            double d = p * (1 + alpha * (w - high.mean)) - q * (1 - alpha * (w - low.mean));
            gradient.set(LE_FLOAT, i << 2, (float) (gradient.get(LE_FLOAT, i << 2) + slope * d));
          }
        });
  }
}
