package dev.swage.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * One pass for {@link VectorQuantization} that finds extremes, sums and counts. Sixteen elements at
 * a time go to the sixteen partial sums of the specification, so the sums have the same bits. The
 * loop has no branches; where some element turns out not to be finite, the scalar code does it all
 * again.
 */
final class VectorSummary {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_256;
  private static final int PARTIALS = ScalarQuantization.PARTIALS;

  private static final ScalarQuantization SCALAR = new ScalarQuantization();

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
    FloatVector wrong = FloatVector.zero(FLOATS);
    long length = x.byteSize() / Float.BYTES;
    long zeros = 0;
    long i = 0;
    for (; i <= length - PARTIALS; i += PARTIALS) {
      FloatVector a = FloatVector.fromMemorySegment(FLOATS, x, i * 4, LITTLE_ENDIAN);
      FloatVector b = FloatVector.fromMemorySegment(FLOATS, x, i * 4 + 32, LITTLE_ENDIAN);
      // x − x is 0, but NaN when x is not finite, and then stays.
      wrong = wrong.add(a.sub(a)).add(b.sub(b));
      zeros += a.eq(0f).trueCount() + b.eq(0f).trueCount();
      least = least.min(a).min(b);
      most = most.max(a).max(b);
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
    // Vectors that were passed on from here would be boxed in every turn of the loop.
    double[] sums = new double[PARTIALS];
    s0.intoArray(sums, 0);
    s1.intoArray(sums, 4);
    s2.intoArray(sums, 8);
    s3.intoArray(sums, 12);
    double[] squares = new double[PARTIALS];
    q0.intoArray(squares, 0);
    q1.intoArray(squares, 4);
    q2.intoArray(squares, 8);
    q3.intoArray(squares, 12);
    float min = least.reduceLanes(VectorOperators.MIN);
    float max = most.reduceLanes(VectorOperators.MAX);
    if (Float.isNaN(wrong.reduceLanes(VectorOperators.ADD))) {
      return SCALAR.summary(x);
    }
    FloatSummary seen = new FloatSummary(i, 0, zeros, min, max, 0, 0);
    return ScalarQuantization.finish(seen, x.asSlice(i * Float.BYTES), sums, squares);
  }

  private static DoubleVector widen(FloatVector x, int part) {
    return (DoubleVector) x.convertShape(VectorOperators.F2D, DOUBLES, part);
  }
}
