package dev.swage.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Sums and extremes over float32 memory (little-endian, contiguous, heap or native), one result per
 * tensor of a list.
 *
 * <p>Sums have one definition down to the last bit. A tensor is cut into chunks of 65,536 elements,
 * and a chunk into two blocks of 32,768; in a block, element i is added, in double, to accumulator
 * i mod 16, in order of i; the 16 accumulators are folded in halves (0…7 + 8…15, and so on); the
 * two blocks are added; chunks are added pairwise as a balanced tree. So the result is the same
 * bits on 1…N threads, and with and without vectors, and its relative error is below 10⁻¹² for any
 * tensor that fits into memory.
 *
 * <p>Squares of floats lie between 2⁻²⁹⁸ and 2²⁵⁶ and are exact in double: they can neither
 * overflow nor underflow there, and a sum of squares is non-finite only if an element is.
 *
 * <p>Cost: one read of the memory, on all cores from 131,072 elements in total, on the caller's
 * thread below. Nothing is written.
 */
public final class Reductions {
  /** Elements in a block: half a chunk. */
  static final int BLOCK = Chunks.SIZE / 2;

  private static final boolean VECTORS = Simd.available() && VectorReductions.supported();

  private Reductions() {}

  /** Σ x² of one tensor. */
  public static double sumOfSquares(MemorySegment tensor) {
    return sumsOfSquares(List.of(tensor))[0];
  }

  /** Σ x² of each tensor. */
  public static double[] sumsOfSquares(List<MemorySegment> tensors) {
    return sums(tensors, Reductions::squaresOfChunk);
  }

  /** Σ |x| of each tensor. */
  public static double[] sumsOfAbs(List<MemorySegment> tensors) {
    return sums(tensors, Reductions::absOfChunk);
  }

  private static int absMaxBits(MemorySegment chunk, int count) {
    return VECTORS
        ? VectorReductions.absMaxBits(chunk, count)
        : ScalarReductions.absMaxBits(chunk, count);
  }

  /**
   * {@code (Σ |x|ᵖ)^(1/p)} of each tensor, with {@link Math#pow} for each element: slow. Orders 1
   * and 2 have their own methods. Magnitudes are divided by the largest of their chunk first, so
   * that no power overflows, nor underflows where it counts. For p = ∞, the largest magnitude.
   *
   * @throws IllegalArgumentException unless p ≥ 1
   */
  public static double[] norms(List<MemorySegment> tensors, double p) {
    if (!(p >= 1)) {
      throw new IllegalArgumentException("the order of a norm must be >= 1, got " + p);
    }
    Chunks chunks = Chunks.of(tensors);
    double[] partial = new double[chunks.count()];
    chunks.forEach((chunk, tensor, first, count) ->
        partial[chunk] = normOfChunk(slice(tensors.get(tensor), first, count), count, p));
    return IntStream.range(0, tensors.size())
        .mapToDouble(t ->
            norm(Arrays.copyOfRange(partial, chunks.firstChunk(t), chunks.firstChunk(t + 1)), p))
        .toArray();
  }

  private static double normOfChunk(MemorySegment chunk, int count, double p) {
    float largest = Float.intBitsToFloat(absMaxBits(chunk, count));
    if (!(largest > 0 && largest < Float.POSITIVE_INFINITY) || Double.isInfinite(p)) {
      return largest;
    }
    double sum =
        inBlocks(chunk, count, (block, n) -> ScalarReductions.sumOfPowers(block, n, p, largest));
    return largest * Math.pow(sum, 1 / p);
  }

  /**
   * The p-norm of non-negative numbers, as of the norms of the parts of a vector: 0 of none, NaN if
   * one is. Neither overflows nor underflows before its result does.
   */
  public static double norm(double[] values, double p) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, value);
    }
    if (!(largest > 0) || Double.isInfinite(largest) || Double.isInfinite(p)) {
      return largest;
    }
    double[] powers = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      powers[i] = Math.pow(values[i] / largest, p);
    }
    return largest * Math.pow(sum(powers), 1 / p);
  }

  /** max |x| of each tensor: 0 for an empty one, NaN if an element is. */
  public static float[] absMaxima(List<MemorySegment> tensors) {
    Chunks chunks = Chunks.of(tensors);
    int[] partial = new int[chunks.count()];
    chunks.forEach((chunk, tensor, first, count) -> {
      partial[chunk] = absMaxBits(slice(tensors.get(tensor), first, count), count);
    });
    float[] maxima = new float[tensors.size()];
    for (int t = 0; t < maxima.length; t++) {
      int bits = 0;
      for (int chunk = chunks.firstChunk(t); chunk < chunks.firstChunk(t + 1); chunk++) {
        bits = Math.max(bits, partial[chunk]);
      }
      float max = Float.intBitsToFloat(bits);
      maxima[t] = Float.isNaN(max) ? Float.NaN : max;
    }
    return maxima;
  }

  /**
   * Σ x² of each tensor after its edit and, in the same read, what a norm of order p needs: Σ |x|
   * for 1, else the norm. For p = 2 both are Σ x².
   *
   * @param edits one for each tensor
   */
  public static Measured measure(List<MemorySegment> tensors, List<GradientEdit> edits, double p) {
    Chunks chunks = Chunks.of(tensors);
    double[] squares = new double[chunks.count()];
    double[] parts = p == 2 ? squares : new double[chunks.count()];
    BlockSum part = p == 1 ? Reductions::absOfChunk : (x, count) -> normOfChunk(x, count, p);
    chunks.forEach((chunk, tensor, first, count) -> {
      MemorySegment x = Scratch.edited(tensors.get(tensor), edits.get(tensor), first, count);
      squares[chunk] = squaresOfChunk(x, count);
      if (p != 2) {
        parts[chunk] = part.of(x, count);
      }
    });
    double[] squaresOf = new double[tensors.size()];
    double[] partsOf = new double[tensors.size()];
    for (int t = 0; t < squaresOf.length; t++) {
      int from = chunks.firstChunk(t);
      int to = chunks.firstChunk(t + 1);
      squaresOf[t] = tree(squares, from, to);
      partsOf[t] =
          p == 1 || p == 2 ? tree(parts, from, to) : norm(Arrays.copyOfRange(parts, from, to), p);
    }
    return new Measured(squaresOf, partsOf);
  }

  private static double squaresOfChunk(MemorySegment chunk, int count) {
    return VECTORS
        ? VectorReductions.sumOfSquares(chunk, count)
        : inBlocks(chunk, count, ScalarReductions::sumOfSquares);
  }

  /** Σ x² of a block at most. */
  static double squaresOfBlock(MemorySegment block, int count) {
    return VECTORS
        ? VectorReductions.sumOfSquaresOfBlock(block, count)
        : ScalarReductions.sumOfSquares(block, count);
  }

  private static double absOfChunk(MemorySegment chunk, int count) {
    return inBlocks(
        chunk, count, VECTORS ? VectorReductions::sumOfAbs : ScalarReductions::sumOfAbs);
  }

  /** Least and greatest element of all tensors together. */
  public static Range minMax(List<MemorySegment> tensors) {
    return clamped(tensors, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY).range();
  }

  /**
   * Σ min(max(x, low), high)² over all tensors together, and the range of the unclamped elements,
   * in one read.
   *
   * @throws IllegalArgumentException unless low ≤ high
   */
  public static Clamped clamped(List<MemorySegment> tensors, float low, float high) {
    return clamped(tensors, Collections.nCopies(tensors.size(), GradientEdit.NONE), low, high);
  }

  /** As {@link #clamped(List, float, float)}, of the tensors after their edits. */
  public static Clamped clamped(
      List<MemorySegment> tensors, List<GradientEdit> edits, float low, float high) {
    if (!(low <= high)) {
      throw new IllegalArgumentException("low must be <= high, got [" + low + ", " + high + "]");
    }
    Chunks chunks = Chunks.of(tensors);
    Clamped[] partial = new Clamped[chunks.count()];
    chunks.forEach((chunk, tensor, first, count) -> {
      MemorySegment slice = Scratch.edited(tensors.get(tensor), edits.get(tensor), first, count);
      int half = Math.min(count, BLOCK);
      Clamped one = clampedBlock(slice(slice, 0, half), half, low, high);
      Clamped two = clampedBlock(slice(slice, half, count - half), count - half, low, high);
      partial[chunk] =
          new Clamped(one.sumOfSquares() + two.sumOfSquares(), one.range().union(two.range()));
    });
    double[] squares = new double[tensors.size()];
    double[] ofChunk = Arrays.stream(partial).mapToDouble(Clamped::sumOfSquares).toArray();
    for (int t = 0; t < squares.length; t++) {
      squares[t] = tree(ofChunk, chunks.firstChunk(t), chunks.firstChunk(t + 1));
    }
    Range range = Range.EMPTY;
    for (Clamped one : partial) {
      range = range.union(one.range());
    }
    return new Clamped(sum(squares), range);
  }

  private static Clamped clampedBlock(MemorySegment block, int count, float low, float high) {
    return VECTORS
        ? VectorReductions.clamped(block, count, low, high)
        : ScalarReductions.clamped(block, count, low, high);
  }

  /** How many elements of a tensor are NaN or infinite, and where the first is. */
  public static NonFinite countNonFinite(MemorySegment tensor) {
    Chunks chunks = Chunks.of(List.of(tensor));
    NonFinite[] partial = new NonFinite[chunks.count()];
    chunks.forEach((chunk, t, first, count) ->
        partial[chunk] = ScalarReductions.countNonFinite(slice(tensor, first, count), count));
    long total = 0;
    long firstIndex = NonFinite.NONE.firstIndex();
    for (int chunk = 0; chunk < partial.length; chunk++) {
      if (total == 0 && partial[chunk].count() > 0) {
        firstIndex = chunks.firstElement(chunk) + partial[chunk].firstIndex();
      }
      total += partial[chunk].count();
    }
    return new NonFinite(total, firstIndex);
  }

  /** The sum of these numbers, added pairwise as a balanced tree: the same bits every time. */
  public static double sum(double[] values) {
    return tree(values, 0, values.length);
  }

  /**
   * @param min the least element; +∞ if there is none, NaN if an element is
   * @param max the greatest element; −∞ if there is none, NaN if an element is
   */
  public record Range(float min, float max) {
    static final Range EMPTY = new Range(Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);

    Range union(Range other) {
      return new Range(Math.min(min, other.min), Math.max(max, other.max));
    }
  }

  /**
   * @param squares Σ x² of each tensor
   * @param parts Σ |x|, Σ x² or the norm of each tensor
   */
  @SuppressWarnings("ArrayRecordComponent") // a result that is read, not compared
  public record Measured(double[] squares, double[] parts) {}

  /**
   * @param sumOfSquares Σ x² after clamping
   * @param range of the elements before clamping
   */
  public record Clamped(double sumOfSquares, Range range) {}

  /**
   * @param count how many elements are NaN or infinite
   * @param firstIndex flat index of the first of them; the largest long if there is none
   */
  public record NonFinite(long count, long firstIndex) {
    static final NonFinite NONE = new NonFinite(0, Long.MAX_VALUE);
  }

  /** The sum over one block or chunk. */
  interface BlockSum {
    double of(MemorySegment elements, int count);
  }

  /** The sum over a chunk from those over its blocks. */
  static double inBlocks(MemorySegment chunk, int count, BlockSum kernel) {
    if (count <= BLOCK) {
      return kernel.of(chunk, count);
    }
    return kernel.of(slice(chunk, 0, BLOCK), BLOCK)
        + kernel.of(slice(chunk, BLOCK, count - BLOCK), count - BLOCK);
  }

  private static double[] sums(List<MemorySegment> tensors, BlockSum kernel) {
    Chunks chunks = Chunks.of(tensors);
    double[] partial = new double[chunks.count()];
    chunks.forEach((chunk, tensor, first, count) ->
        partial[chunk] = kernel.of(slice(tensors.get(tensor), first, count), count));
    double[] sums = new double[tensors.size()];
    for (int t = 0; t < sums.length; t++) {
      sums[t] = tree(partial, chunks.firstChunk(t), chunks.firstChunk(t + 1));
    }
    return sums;
  }

  private static MemorySegment slice(MemorySegment tensor, long first, int count) {
    return tensor.asSlice(first * Float.BYTES, (long) count * Float.BYTES);
  }

  private static double tree(double[] values, int from, int to) {
    return switch (to - from) {
      case 0 -> 0;
      case 1 -> values[from];
      default -> {
        int middle = (from + to) >>> 1;
        yield tree(values, from, middle) + tree(values, middle, to);
      }
    };
  }
}
