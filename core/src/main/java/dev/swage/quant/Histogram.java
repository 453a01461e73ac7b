package dev.swage.quant;

import dev.swage.kernel.Block;
import dev.swage.kernel.Quantization;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * A streaming histogram with exact counts: bins of equal width, half of them on each side of 0. The
 * width is a power of two that doubles, merging pairs of bins, when a larger magnitude arrives.
 * What it ends up with depends only on the elements, not on their order or on how they were split
 * and merged. Memory is one count per bin. Not safe for use by several threads at once; give each
 * its own and {@link #merge} them.
 *
 * <p>Bins left of 0 are (low, high], right of 0 [low, high). NaN and infinite elements are counted
 * apart and are in no bin.
 */
public final class Histogram {
  /** The number of bins of the range estimators in common use. */
  public static final int DEFAULT_BINS = 2048;

  private static final int LEAST_EXPONENT = -100;
  private static final long MOST_PARTS = 16;

  private final int half;
  private long[] counts;
  private int exponent = LEAST_EXPONENT;
  private long nonFinite;

  /**
   * An empty histogram.
   *
   * @param bins a power of two from 2 to 2^20
   */
  public Histogram(int bins) {
    if (bins < 2 || bins > 1 << 20 || Integer.bitCount(bins) != 1) {
      throw new IllegalArgumentException("bins must be a power of two, 2…2^20, got " + bins);
    }
    half = bins / 2;
    counts = new long[bins];
  }

  /** The histogram of a float32 tensor, computed on all cores. */
  public static Histogram of(Tensor tensor, int bins) {
    Quantizer.requireFloat32(tensor);
    long elements = tensor.shape().elements();
    long size = Math.max(Chunks.SIZE, Math.ceilDiv(elements, MOST_PARTS));
    Histogram[] parts = new Histogram[Chunks.count(elements, size)];
    Chunks.forEach(
        elements,
        size,
        (part, from, to) -> {
          parts[part] = new Histogram(bins);
          parts[part].add(tensor.data().asSlice(from * 4, (to - from) * 4));
        });
    Histogram sum = new Histogram(bins);
    for (Histogram part : parts) {
      sum.merge(part);
    }
    return sum;
  }

  /** Counts float32 little-endian elements: all of the segment. */
  public void add(MemorySegment floats) {
    for (long at = 0; at < floats.byteSize(); at += Chunks.SIZE * Float.BYTES) {
      long bytes = Math.min(floats.byteSize() - at, Chunks.SIZE * Float.BYTES);
      MemorySegment chunk = floats.asSlice(at, bytes);
      widen(exponentFor(finiteAbsMax(chunk)));
      nonFinite += Quantization.histogram(chunk, Math.scalb(1f, -exponent), counts);
    }
  }

  private static float finiteAbsMax(MemorySegment floats) {
    float[] max = new float[1];
    Quantization.absMax(floats, Block.ofRows(0, 1, floats.byteSize() / Float.BYTES, 0), max);
    if (Float.isFinite(max[0])) {
      return max[0];
    }
    float finite = 0;
    for (long at = 0; at < floats.byteSize(); at += Float.BYTES) {
      float magnitude = Math.abs(floats.get(Tensor.LE_FLOAT, at));
      finite = Float.isFinite(magnitude) ? Math.max(finite, magnitude) : finite;
    }
    return finite;
  }

  /** The least exponent e with {@code absMax < half · 2^e}. */
  private int exponentFor(float absMax) {
    int bits = Math.getExponent(absMax) + 1;
    return Math.max(LEAST_EXPONENT, bits - Integer.numberOfTrailingZeros(half));
  }

  private void widen(int target) {
    if (target <= exponent) {
      return;
    }
    int shift = Math.min(target - exponent, 31);
    long[] merged = new long[counts.length];
    for (int k = 0; k < half; k++) {
      merged[half + (k >> shift)] += counts[half + k];
      merged[half - 1 - (k >> shift)] += counts[half - 1 - k];
    }
    counts = merged;
    exponent = target;
  }

  /**
   * Adds another histogram's counts to this one's.
   *
   * @throws IllegalArgumentException if it has another number of bins
   */
  public void merge(Histogram other) {
    if (other.counts.length != counts.length) {
      throw new IllegalArgumentException(
          "histograms of %d and %d bins do not merge".formatted(bins(), other.bins()));
    }
    Histogram wide = other.copy();
    wide.widen(exponent);
    widen(wide.exponent);
    for (int i = 0; i < counts.length; i++) {
      counts[i] += wide.counts[i];
    }
    nonFinite += wide.nonFinite;
  }

  private Histogram copy() {
    Histogram copy = new Histogram(bins());
    copy.counts = counts.clone();
    copy.exponent = exponent;
    copy.nonFinite = nonFinite;
    return copy;
  }

  public int bins() {
    return counts.length;
  }

  /** Width of a bin: a power of two. */
  public double binWidth() {
    return Math.scalb(1.0, exponent);
  }

  /** Lower edge of a bin; {@code lowerEdge(bins())} is the upper edge of the last. */
  public double lowerEdge(int bin) {
    return (bin - half) * binWidth();
  }

  /** A copy of the counts, lowest bin first. */
  public long[] counts() {
    return counts.clone();
  }

  /** Number of finite elements counted. */
  public long total() {
    long total = 0;
    for (long count : counts) {
      total += count;
    }
    return total;
  }

  /** Number of NaN and infinite elements seen. */
  public long nonFinite() {
    return nonFinite;
  }

  /**
   * The value below which a fraction of the elements lies, to within one bin: elements are taken to
   * be spread evenly in their bin. 0 for an empty histogram.
   *
   * @param fraction in [0, 1]
   */
  public double quantile(double fraction) {
    if (!(fraction >= 0 && fraction <= 1)) {
      throw new IllegalArgumentException("fraction must be in [0, 1], got " + fraction);
    }
    double target = fraction * total();
    double below = 0;
    double value = 0;
    for (int bin = 0; bin < counts.length; bin++) {
      if (counts[bin] == 0) {
        continue;
      }
      double inBin = Math.clamp((target - below) / counts[bin], 0, 1);
      value = lowerEdge(bin) + inBin * binWidth();
      below += counts[bin];
      if (below >= target) {
        break;
      }
    }
    return value;
  }
}
