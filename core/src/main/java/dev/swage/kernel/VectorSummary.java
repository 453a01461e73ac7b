package dev.swage.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * One pass for {@link VectorQuantization} that finds extremes, sums and counts. Sixteen elements at
 * a time go to the sixteen partial sums of the specification, so the sums have the same bits.
 */
final class VectorSummary {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_256;
  private static final int PARTIALS = ScalarQuantization.PARTIALS;

  private VectorSummary() {}

  static FloatSummary of(MemorySegment x) {
    DoubleVector s0 = DoubleVector.zero(DOUBLES);
    DoubleVector s1 = s0;
    DoubleVector s2 = s0;
    DoubleVector s3 = s0;
    DoubleVector q0 = s0;
    DoubleVector q1 = s0;
    DoubleVector q2 = s0;
    DoubleVector q3 = s0;
    FloatVector least = FloatVector.broadcast(FLOATS, Float.POSITIVE_INFINITY);
    FloatVector most = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    long length = x.byteSize() / Float.BYTES;
    long nonFinite = 0;
    long zeros = 0;
    long i = 0;
    for (; i <= length - PARTIALS; i += PARTIALS) {
      FloatVector a = FloatVector.fromMemorySegment(FLOATS, x, i * 4, LITTLE_ENDIAN);
      FloatVector b = FloatVector.fromMemorySegment(FLOATS, x, i * 4 + 32, LITTLE_ENDIAN);
      zeros += a.eq(0f).trueCount() + b.eq(0f).trueCount();
      // x − x is NaN exactly when x is not finite; the sum of both tells whether any is.
      if (a.sub(a).add(b.sub(b)).compare(VectorOperators.NE, 0f).anyTrue()) {
        VectorMask<Float> wrongA = a.sub(a).compare(VectorOperators.NE, 0f);
        VectorMask<Float> wrongB = b.sub(b).compare(VectorOperators.NE, 0f);
        nonFinite += wrongA.trueCount() + wrongB.trueCount();
        least =
            least
                .min(a.blend(Float.POSITIVE_INFINITY, wrongA))
                .min(b.blend(Float.POSITIVE_INFINITY, wrongB));
        most =
            most.max(a.blend(Float.NEGATIVE_INFINITY, wrongA))
                .max(b.blend(Float.NEGATIVE_INFINITY, wrongB));
        a = a.blend(0f, wrongA);
        b = b.blend(0f, wrongB);
      } else {
        least = least.min(a).min(b);
        most = most.max(a).max(b);
      }
      DoubleVector d0 = widen(a, 0);
      DoubleVector d1 = widen(a, 1);
      DoubleVector d2 = widen(b, 0);
      DoubleVector d3 = widen(b, 1);
      s0 = s0.add(d0);
      s1 = s1.add(d1);
      s2 = s2.add(d2);
      s3 = s3.add(d3);
      q0 = q0.add(d0.mul(d0));
      q1 = q1.add(d1.mul(d1));
      q2 = q2.add(d2.mul(d2));
      q3 = q3.add(d3.mul(d3));
    }
    double[] sums = lanes(s0, s1, s2, s3);
    double[] squares = lanes(q0, q1, q2, q3);
    FloatSummary body =
        new FloatSummary(
            i - nonFinite,
            nonFinite,
            zeros,
            least.reduceLanes(VectorOperators.MIN),
            most.reduceLanes(VectorOperators.MAX),
            0,
            0);
    return ScalarQuantization.finish(body, x.asSlice(i * Float.BYTES), sums, squares);
  }

  private static DoubleVector widen(FloatVector x, int part) {
    return (DoubleVector) x.convertShape(VectorOperators.F2D, DOUBLES, part);
  }

  private static double[] lanes(DoubleVector a, DoubleVector b, DoubleVector c, DoubleVector d) {
    double[] lanes = new double[PARTIALS];
    a.intoArray(lanes, 0);
    b.intoArray(lanes, 4);
    c.intoArray(lanes, 8);
    d.intoArray(lanes, 12);
    return lanes;
  }
}
