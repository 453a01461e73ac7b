package dev.swage.kernel;

import static dev.swage.kernel.ScalarReductions.LANES;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The reductions of one block with vectors: the bits of {@link ScalarReductions}. Its 16
 * accumulators are four vectors of four doubles.
 */
final class VectorReductions {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_128;
  private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
  private static final int MAGNITUDE = 0x7fff_ffff;

  private VectorReductions() {}

  /** Whether the machine has vectors of four doubles; without, the scalar loops are faster. */
  static boolean supported() {
    return DoubleVector.SPECIES_PREFERRED.vectorBitSize() >= DOUBLES.vectorBitSize();
  }

  /** Of a chunk, not a block. */
  static double sumOfSquares(MemorySegment chunk, int count) {
    return count == Chunks.SIZE
        ? sumOfSquaresOfTwoBlocks(chunk)
        : Reductions.inBlocks(chunk, count, VectorReductions::sumOfSquaresOfBlock);
  }

  /**
   * Walks both blocks of a full chunk side by side: with two streams to prefetch, memory delivers
   * about a third more.
   */
  private static double sumOfSquaresOfTwoBlocks(MemorySegment chunk) {
    DoubleVector a = DoubleVector.zero(DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    DoubleVector e = a;
    DoubleVector f = a;
    DoubleVector g = a;
    DoubleVector h = a;
    for (int i = 0; i < Reductions.BLOCK; i += LANES) {
      long at = (long) i << 2;
      DoubleVector p = widen(load(chunk, at));
      DoubleVector q = widen(load(chunk, at + 16));
      DoubleVector r = widen(load(chunk, at + 32));
      DoubleVector s = widen(load(chunk, at + 48));
      a = p.fma(p, a);
      b = q.fma(q, b);
      c = r.fma(r, c);
      d = s.fma(s, d);
      at += 4L * Reductions.BLOCK;
      p = widen(load(chunk, at));
      q = widen(load(chunk, at + 16));
      r = widen(load(chunk, at + 32));
      s = widen(load(chunk, at + 48));
      e = p.fma(p, e);
      f = q.fma(q, f);
      g = r.fma(r, g);
      h = s.fma(s, h);
    }
    return ScalarReductions.fold(lanes(a, b, c, d)) + ScalarReductions.fold(lanes(e, f, g, h));
  }

  static double sumOfSquaresOfBlock(MemorySegment x, int count) {
    DoubleVector a = DoubleVector.zero(DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    int bound = count & -LANES;
    for (int i = 0; i < bound; i += LANES) {
      long at = (long) i << 2;
      DoubleVector p = widen(load(x, at));
      DoubleVector q = widen(load(x, at + 16));
      DoubleVector r = widen(load(x, at + 32));
      DoubleVector s = widen(load(x, at + 48));
      // The product is exact in double, so that fused and separate rounding are the same.
      a = p.fma(p, a);
      b = q.fma(q, b);
      c = r.fma(r, c);
      d = s.fma(s, d);
    }
    double[] lanes = lanes(a, b, c, d);
    ScalarReductions.addSquares(x, bound, count, lanes);
    return ScalarReductions.fold(lanes);
  }

  static double sumOfAbs(MemorySegment x, int count) {
    DoubleVector a = DoubleVector.zero(DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    int bound = count & -LANES;
    for (int i = 0; i < bound; i += LANES) {
      long at = (long) i << 2;
      a = a.add(widen(load(x, at).abs()));
      b = b.add(widen(load(x, at + 16).abs()));
      c = c.add(widen(load(x, at + 32).abs()));
      d = d.add(widen(load(x, at + 48).abs()));
    }
    double[] lanes = lanes(a, b, c, d);
    ScalarReductions.addAbs(x, bound, count, lanes);
    return ScalarReductions.fold(lanes);
  }

  static Reductions.Clamped clamped(MemorySegment x, int count, float low, float high) {
    DoubleVector a = DoubleVector.zero(DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    FloatVector min = FloatVector.broadcast(FLOATS, Float.POSITIVE_INFINITY);
    FloatVector max = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    int bound = count & -LANES;
    for (int i = 0; i < bound; i += LANES) {
      long at = (long) i << 2;
      FloatVector f = load(x, at);
      FloatVector g = load(x, at + 16);
      FloatVector h = load(x, at + 32);
      FloatVector k = load(x, at + 48);
      min = min.min(f).min(g).min(h).min(k);
      max = max.max(f).max(g).max(h).max(k);
      DoubleVector p = widen(clamp(f, low, high));
      DoubleVector q = widen(clamp(g, low, high));
      DoubleVector r = widen(clamp(h, low, high));
      DoubleVector s = widen(clamp(k, low, high));
      a = p.fma(p, a);
      b = q.fma(q, b);
      c = r.fma(r, c);
      d = s.fma(s, d);
    }
    double[] lanes = lanes(a, b, c, d);
    Reductions.Range rest = ScalarReductions.addClamped(x, bound, count, low, high, lanes);
    Reductions.Range most =
        new Reductions.Range(
            min.reduceLanes(VectorOperators.MIN), max.reduceLanes(VectorOperators.MAX));
    return new Reductions.Clamped(ScalarReductions.fold(lanes), most.union(rest));
  }

  static int absMaxBits(MemorySegment x, int count) {
    IntVector a = IntVector.zero(INTS);
    IntVector b = a;
    int width = INTS.length();
    int bound = count - count % (2 * width);
    for (int i = 0; i < bound; i += 2 * width) {
      long at = (long) i << 2;
      a = a.max(IntVector.fromMemorySegment(INTS, x, at, LE).and(MAGNITUDE));
      b = b.max(IntVector.fromMemorySegment(INTS, x, at + 4L * width, LE).and(MAGNITUDE));
    }
    int rest = ScalarReductions.absMaxBits(x.asSlice((long) bound << 2), count - bound);
    return Math.max(a.max(b).reduceLanes(VectorOperators.MAX), rest);
  }

  private static FloatVector load(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(FLOATS, x, at, LE);
  }

  private static DoubleVector widen(FloatVector x) {
    return (DoubleVector) x.convertShape(VectorOperators.F2D, DOUBLES, 0);
  }

  private static FloatVector clamp(FloatVector x, float low, float high) {
    return x.blend(high, x.compare(VectorOperators.GT, high))
        .blend(low, x.compare(VectorOperators.LT, low));
  }

  private static double[] lanes(DoubleVector a, DoubleVector b, DoubleVector c, DoubleVector d) {
    double[] lanes = new double[LANES];
    a.intoArray(lanes, 0);
    b.intoArray(lanes, 4);
    c.intoArray(lanes, 8);
    d.intoArray(lanes, 12);
    return lanes;
  }
}
