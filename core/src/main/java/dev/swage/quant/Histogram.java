package dev.swage.quant;

import dev.swage.kernel.FloatSummary;
import dev.swage.kernel.Quantization;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A streaming histogram with exact counts: bins of equal width, half of them on each side of 0. The
 * width is a power of two that doubles, merging pairs of bins, when a larger magnitude arrives.
 * What it ends up with depends only on the elements, not on their order or on how they were split
 * and merged; of {@link #sum} and {@link #sumOfSquares} alone the last bits depend on where the
 * segments given to {@link #add} begin, but not on their order either. Memory is one count per bin.
 * Not safe for use by several threads at once; give each its own and {@link #merge} them.
 *
 * <p>Bins left of 0 are (low, high], right of 0 [low, high). NaN and infinite elements are counted
 * apart and are in no bin.
 */
public final class Histogram {
  /** The number of bins of the range estimators in common use. */
  public static final int DEFAULT_BINS = 2048;

  static final int LEAST_EXPONENT = -100;
  static final int MOST_EXPONENT = 128;
  private static final long MOST_PARTS = 16;

  private final int half;
  private long[] counts;
  private int exponent = LEAST_EXPONENT;
  private long nonFinite;
  private long zeros;
  private float min = Float.POSITIVE_INFINITY;
  private float max = Float.NEGATIVE_INFINITY;
  private final ExactSum sum = new ExactSum();
  private final ExactSum squares = new ExactSum();

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

  /**
   * Counts float32 little-endian elements: all of the segment.
   *
   * @return extremes and counts of these elements alone
   */
  public FloatSummary add(MemorySegment floats) {
    FloatSummary whole = FloatSummary.NONE;
    for (long at = 0; at < floats.byteSize(); at += Chunks.SIZE * Float.BYTES) {
      long bytes = Math.min(floats.byteSize() - at, Chunks.SIZE * Float.BYTES);
      whole = whole.plus(addChunk(floats.asSlice(at, bytes)));
    }
    return whole;
  }

  private FloatSummary addChunk(MemorySegment chunk) {
    FloatSummary summary = Quantization.summary(chunk);
    widen(exponentFor(summary.absMax()));
    Quantization.histogram(chunk, Math.scalb(1f, -exponent), counts);
    nonFinite += summary.nonFinite();
    zeros += summary.zeros();
    min = Math.min(min, summary.min());
    max = Math.max(max, summary.max());
    sum.add(summary.sum());
    squares.add(summary.sumOfSquares());
    return summary;
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
    long[] merged = new long[counts.length];
    addCounts(merged, counts, Math.min(target - exponent, 31));
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
    widen(other.exponent);
    addCounts(counts, other.counts, Math.min(exponent - other.exponent, 31));
    nonFinite += other.nonFinite;
    zeros += other.zeros;
    min = Math.min(min, other.min);
    max = Math.max(max, other.max);
    sum.add(other.sum);
    squares.add(other.squares);
  }

  /** Adds counts of bins 2^shift times narrower. */
  private static void addCounts(long[] into, long[] narrow, int shift) {
    int half = into.length / 2;
    for (int k = 0; k < half; k++) {
      into[half + (k >> shift)] += narrow[half + k];
      into[half - 1 - (k >> shift)] += narrow[half - 1 - k];
    }
  }

  /** All that it takes to {@link #restore} this histogram. */
  public HistogramState state() {
    return new HistogramState(
        exponent,
        Arrays.stream(counts).boxed().toList(),
        nonFinite,
        zeros,
        min(),
        max(),
        sum(),
        sumOfSquares());
  }

  /** The histogram of a {@link #state}; it goes on counting where that left off. */
  public static Histogram restore(HistogramState state) {
    Histogram histogram = new Histogram(state.counts().size());
    histogram.counts = state.counts().stream().mapToLong(Long::longValue).toArray();
    histogram.exponent = state.exponent();
    histogram.nonFinite = state.nonFinite();
    histogram.zeros = state.zeros();
    if (histogram.total() > 0) {
      histogram.min = state.min();
      histogram.max = state.max();
    }
    histogram.sum.add(state.sum());
    histogram.squares.add(state.sumOfSquares());
    return histogram;
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

  /** Number of elements that are 0, of either sign; they are in the first bin right of 0. */
  public long zeros() {
    return zeros;
  }

  /** Smallest finite element; 0 when there is none. */
  public float min() {
    return min > max ? 0 : min;
  }

  /** Largest finite element; 0 when there is none. */
  public float max() {
    return min > max ? 0 : max;
  }

  /** Sum of the finite elements. */
  public double sum() {
    return sum.value();
  }

  /** Sum of the squares of the finite elements. */
  public double sumOfSquares() {
    return squares.value();
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
