package dev.swage.run.score;

import dev.swage.tensor.Tensor;

/**
 * Adds up how far values lie from reference values: {@code SQNR = 10 log10(Σx² / Σ(x − y)²)} in
 * decibels, and the largest difference. Sums are in double. Not safe for several threads.
 */
public final class SignalToNoise {
  private double signal;
  private double noise;
  private double maxAbsDiff;
  private double maxAbs;
  private boolean compared;

  /** Nothing compared yet. */
  public SignalToNoise() {}

  /**
   * Adds the first {@code count} elements of two float32 tensors.
   *
   * @param reference x
   * @param candidate y
   */
  public void add(Tensor reference, Tensor candidate, long count) {
    for (long i = 0; i < count; i++) {
      double x = reference.getFloat(i);
      double difference = x - candidate.getFloat(i);
      signal += x * x;
      noise += difference * difference;
      // NaN must win: Math.max keeps it, a comparison would drop it.
      maxAbsDiff = Math.max(maxAbsDiff, Math.abs(difference));
      maxAbs = Math.max(maxAbs, Math.abs(x));
    }
    compared = true;
  }

  /** Adds two float32 tensors of as many elements. */
  public void add(Tensor reference, Tensor candidate) {
    long count = reference.shape().elements();
    if (candidate.shape().elements() != count) {
      throw new IllegalArgumentException(
          "cannot compare %s with %s".formatted(reference, candidate));
    }
    add(reference, candidate, count);
  }

  /** Whether anything was added yet. */
  public boolean compared() {
    return compared;
  }

  /** Decibels; +∞ when nothing differs. */
  public double decibels() {
    return noise == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
  }

  /** The largest |x − y|; NaN if either held one. */
  public double maxAbsDiff() {
    return maxAbsDiff;
  }

  /** The largest |x|. */
  public double maxAbs() {
    return maxAbs;
  }
}
