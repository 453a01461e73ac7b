package dev.swage.kernel;

import static dev.swage.kernel.ScalarMoments.LANES;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The moments of one block with vectors: the bits of {@link ScalarMoments}. Its 8 accumulators are
 * two vectors of four doubles.
 */
final class VectorMoments {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_128;
  private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_256;
  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

  private VectorMoments() {}

  static WeightMoments ofBlock(MemorySegment x, int count) {
    int bound = count & -LANES;
    FloatVector largest = FloatVector.zero(FLOATS);
    DoubleVector a = DoubleVector.zero(DOUBLES);
    DoubleVector b = a;
    for (int i = 0; i < bound; i += LANES) {
      FloatVector p = load(x, (long) i << 2);
      FloatVector q = load(x, ((long) i << 2) + 16);
      largest = largest.max(p.abs()).max(q.abs());
      a = a.add(widen(p));
      b = b.add(widen(q));
    }
    double[] sums = lanes(a, b);
    float most =
        ScalarMoments.addValues(x, bound, count, sums, largest.reduceLanes(VectorOperators.MAX));
    double mean = ScalarMoments.fold(sums) / count;
    return powers(x, count, mean, most);
  }

  private static WeightMoments powers(MemorySegment x, int count, double mean, float largest) {
    int bound = count & -LANES;
    DoubleVector a2 = DoubleVector.zero(DOUBLES);
    DoubleVector b2 = a2;
    DoubleVector a3 = a2;
    DoubleVector b3 = a2;
    DoubleVector a4 = a2;
    DoubleVector b4 = a2;
    for (int i = 0; i < bound; i += LANES) {
      DoubleVector p = widen(load(x, (long) i << 2)).sub(mean);
      DoubleVector q = widen(load(x, ((long) i << 2) + 16)).sub(mean);
      DoubleVector pp = p.mul(p);
      DoubleVector qq = q.mul(q);
      a2 = a2.add(pp);
      b2 = b2.add(qq);
      a3 = a3.add(pp.mul(p));
      b3 = b3.add(qq.mul(q));
      a4 = a4.add(pp.mul(pp));
      b4 = b4.add(qq.mul(qq));
    }
    double[] s2 = lanes(a2, b2);
    double[] s3 = lanes(a3, b3);
    double[] s4 = lanes(a4, b4);
    ScalarMoments.addPowers(x, bound, count, mean, s2, s3, s4);
    return new WeightMoments(
        count,
        mean,
        ScalarMoments.fold(s2),
        ScalarMoments.fold(s3),
        ScalarMoments.fold(s4),
        largest);
  }

  static double[] lanes(DoubleVector a, DoubleVector b) {
    double[] lanes = new double[LANES];
    a.intoArray(lanes, 0);
    b.intoArray(lanes, LANES / 2);
    return lanes;
  }

  static FloatVector load(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(FLOATS, x, at, LE);
  }

  static DoubleVector widen(FloatVector x) {
    return (DoubleVector) x.convertShape(VectorOperators.F2D, DOUBLES, 0);
  }

  static FloatVector narrow(DoubleVector x) {
    return (FloatVector) x.convertShape(VectorOperators.D2F, FLOATS, 0);
  }
}
