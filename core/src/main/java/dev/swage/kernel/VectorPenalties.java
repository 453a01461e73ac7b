package dev.swage.kernel;

import static dev.swage.kernel.VectorMoments.load;
import static dev.swage.kernel.VectorMoments.narrow;
import static dev.swage.kernel.VectorMoments.widen;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link RangePenalties} on one chunk with vectors: the bits of {@link ScalarPenalties}. */
final class VectorPenalties {
  private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_256;
  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
  private static final int FOUR = 4;
  private static final int EIGHT = ScalarMoments.LANES;

  private VectorPenalties() {}

  static void add(RangePenalties.Cubic polynomial, MemorySegment w, MemorySegment g, int count) {
    double mean = polynomial.mean();
    double cubic = polynomial.cubic();
    double linear = polynomial.linear();
    double constant = polynomial.constant();
    int bound = count & -FOUR;
    for (int i = 0; i < bound; i += FOUR) {
      long at = (long) i << 2;
      DoubleVector d = widen(load(w, at)).sub(mean);
      DoubleVector slope = d.mul(d).mul(cubic).add(linear).mul(d);
      narrow(widen(load(g, at)).add(slope.add(constant))).intoMemorySegment(g, at, LE);
    }
    ScalarPenalties.add(polynomial, w, g, bound, count);
  }

  static RangePenalties.Tail tail(MemorySegment w, int count, float limit) {
    DoubleVector a = DoubleVector.zero(DOUBLES);
    DoubleVector b = a;
    long beyond = 0;
    int bound = count & -EIGHT;
    for (int i = 0; i < bound; i += EIGHT) {
      long at = (long) i << 2;
      FloatVector p = load(w, at).abs();
      FloatVector q = load(w, at + 16).abs();
      VectorMask<Float> far = p.compare(VectorOperators.GT, limit);
      VectorMask<Float> further = q.compare(VectorOperators.GT, limit);
      if (far.or(further).anyTrue()) {
        beyond += far.trueCount() + further.trueCount();
        a = a.add(widen(p).sub(limit), far.cast(DOUBLES));
        b = b.add(widen(q).sub(limit), further.cast(DOUBLES));
      }
    }
    double[] lanes = VectorMoments.lanes(a, b);
    beyond += ScalarPenalties.addExcess(w, bound, count, limit, lanes);
    return new RangePenalties.Tail(beyond, ScalarMoments.fold(lanes));
  }

  /** Almost nothing lies beyond: what does is done one by one. */
  static void addTail(MemorySegment w, MemorySegment g, int count, float limit, double slope) {
    int bound = count & -EIGHT;
    for (int i = 0; i < bound; i += EIGHT) {
      long at = (long) i << 2;
      VectorMask<Float> far = load(w, at).abs().compare(VectorOperators.GT, limit);
      VectorMask<Float> further = load(w, at + 16).abs().compare(VectorOperators.GT, limit);
      if (far.or(further).anyTrue()) {
        ScalarPenalties.addTail(w, g, limit, slope, i, i + EIGHT);
      }
    }
    ScalarPenalties.addTail(w, g, limit, slope, bound, count);
  }
}
