package dev.swage.kernel;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What penalties on the range of a weight sum over it, and add to its gradient: float32 memory,
 * little-endian, contiguous, weight and gradient of one size and not overlapping. Everything is
 * computed in double and rounded once; sums have a fixed order, so that the bits are the same on
 * any number of threads, with and without vectors. All cores work from 131,072 elements.
 */
public final class RangePenalties {
  private static final boolean VECTORS = Simd.available() && VectorReductions.supported();

  private RangePenalties() {}

  /**
   * A polynomial in the distance from the mean, {@code cubic·d³ + linear·d + constant} with {@code
   * d = w − mean}.
   */
  public record Cubic(double mean, double cubic, double linear, double constant) {}

  /**
   * The elements with a magnitude above a bound.
   *
   * @param count how many there are
   * @param excess Σ (|w| − bound) over them
   */
  public record Tail(long count, double excess) {}

  /** {@code g ← g + polynomial(w)}. */
  public static void add(Cubic polynomial, MemorySegment weight, MemorySegment gradient) {
    requireSameSize(weight, gradient);
    chunks(weight)
        .forEach((chunk, t, first, count) -> {
          MemorySegment w = slice(weight, first, count);
          MemorySegment g = slice(gradient, first, count);
          if (VECTORS) {
            VectorPenalties.add(polynomial, w, g, count);
          } else {
            ScalarPenalties.add(polynomial, w, g, 0, count);
          }
        });
  }

  /** The elements with {@code |w| > bound}. */
  public static Tail tail(MemorySegment weight, float bound) {
    Chunks chunks = chunks(weight);
    Tail[] parts = new Tail[chunks.count()];
    chunks.forEach((chunk, t, first, count) -> {
      MemorySegment w = slice(weight, first, count);
      parts[chunk] =
          VECTORS ? VectorPenalties.tail(w, count, bound) : ScalarPenalties.tail(w, count, bound);
    });
    long total = 0;
    double[] excess = new double[parts.length];
    for (int i = 0; i < parts.length; i++) {
      total += parts[i].count();
      excess[i] = parts[i].excess();
    }
    return new Tail(total, Reductions.sum(excess));
  }

  /** {@code g ← g + slope·sign(w)} where {@code |w| > bound}. */
  public static void addTail(
      MemorySegment weight, MemorySegment gradient, float bound, double slope) {
    requireSameSize(weight, gradient);
    chunks(weight)
        .forEach((chunk, t, first, count) -> {
          MemorySegment w = slice(weight, first, count);
          MemorySegment g = slice(gradient, first, count);
          if (VECTORS) {
            VectorPenalties.addTail(w, g, count, bound, slope);
          } else {
            ScalarPenalties.addTail(w, g, bound, slope, 0, count);
          }
        });
  }

  private static Chunks chunks(MemorySegment weight) {
    return Chunks.of(List.of(weight));
  }

  static void requireSameSize(MemorySegment weight, MemorySegment gradient) {
    if (weight.byteSize() != gradient.byteSize()) {
      throw new IllegalArgumentException(
          "gradient has %d bytes, its weight has %d"
              .formatted(gradient.byteSize(), weight.byteSize()));
    }
  }

  private static MemorySegment slice(MemorySegment tensor, long first, int count) {
    return tensor.asSlice(first * Float.BYTES, (long) count * Float.BYTES);
  }
}
