package dev.swage.kernel;

import static dev.swage.kernel.ScalarReductions.LANES;
import static dev.swage.tensor.Tensor.LE_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** What is done unit by unit, with vectors: the bits of {@link ScalarUnits}. */
final class VectorUnits {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Float> QUARTERS = FloatVector.SPECIES_128;
  private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_256;
  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

  private VectorUnits() {}

  /** From one place to another, which may be the same. */
  static void scale(
      GradientEdit.PerUnit edit, MemorySegment from, MemorySegment to, long first, int count) {
    if (edit.inner() == 1) {
      scaleColumns(edit.coefficients(), from, to, first, count);
    } else {
      scaleRuns(edit, from, to, first, count);
    }
  }

  /** Runs of elements that share a coefficient. */
  private static void scaleRuns(
      GradientEdit.PerUnit edit, MemorySegment from, MemorySegment to, long first, int count) {
    float[] coefficients = edit.coefficients();
    long run = first / edit.inner();
    int unit = (int) (run % coefficients.length);
    int at = 0;
    long end = (run + 1) * edit.inner() - first;
    while (at < count) {
      int stop = (int) Math.min(count, end);
      multiply(from, to, at, stop, coefficients[unit]);
      at = stop;
      end += edit.inner();
      unit = unit + 1 == coefficients.length ? 0 : unit + 1;
    }
  }

  private static void multiply(MemorySegment from, MemorySegment to, int at, int end, float by) {
    int i = at;
    for (; i <= end - FLOATS.length(); i += FLOATS.length()) {
      FloatVector.fromMemorySegment(FLOATS, from, (long) i << 2, LE)
          .mul(by)
          .intoMemorySegment(to, (long) i << 2, LE);
    }
    for (; i < end; i++) {
      to.set(LE_FLOAT, (long) i << 2, from.get(LE_FLOAT, (long) i << 2) * by);
    }
  }

  private static void scaleColumns(
      float[] coefficients, MemorySegment from, MemorySegment to, long first, int count) {
    int at = 0;
    while (at < count) {
      int unit = (int) ((first + at) % coefficients.length);
      int end = Math.min(count, at + coefficients.length - unit);
      multiply(from, to, at, end, coefficients, unit);
      at = end;
    }
  }

  private static void multiply(
      MemorySegment from, MemorySegment to, int at, int end, float[] by, int unit) {
    int i = at;
    int u = unit;
    for (; i <= end - FLOATS.length(); i += FLOATS.length(), u += FLOATS.length()) {
      FloatVector.fromMemorySegment(FLOATS, from, (long) i << 2, LE)
          .mul(FloatVector.fromArray(FLOATS, by, u))
          .intoMemorySegment(to, (long) i << 2, LE);
    }
    for (; i < end; i++, u++) {
      to.set(LE_FLOAT, (long) i << 2, from.get(LE_FLOAT, (long) i << 2) * by[u]);
    }
  }

  /** The product of two floats is exact in double: fused or not, the sum is the same. */
  static void addSquares(MemorySegment x, int count, double[] sums, int from) {
    int i = 0;
    for (; i + 4 <= count; i += 4) {
      DoubleVector value = widen(x, (long) i << 2);
      value.fma(value, DoubleVector.fromArray(DOUBLES, sums, from + i)).intoArray(sums, from + i);
    }
    ScalarUnits.addSquares(x.asSlice((long) i << 2), count - i, sums, from + i);
  }

  /**
   * Walks gradient and parameter side by side; a slice for each run would cost more than its sum.
   */
  static void addSquares(MemorySegment g, MemorySegment p, UnitRuns runs, UnitSquares sums) {
    double[] ofGradient = sums.gradient();
    double[] ofParameter = sums.parameter();
    double[] lanes = new double[2 * LANES];
    int length = runs.length();
    int from = 0;
    for (int unit = runs.unit(); unit < runs.unit() + runs.count(); unit++) {
      int whole = from + (length & -LANES);
      lanesOfSquares(g, p, from, whole, lanes);
      int end = from + length;
      for (int i = whole; i < end; i++) {
        double x = g.get(LE_FLOAT, (long) i << 2);
        double y = p.get(LE_FLOAT, (long) i << 2);
        lanes[i - whole] += x * x;
        lanes[LANES + i - whole] += y * y;
      }
      ofGradient[unit] += fold(lanes, 0);
      ofParameter[unit] += fold(lanes, LANES);
      from = end;
    }
  }

  /** The 16 accumulators of the gradient's squares, then the parameter's. */
  private static void lanesOfSquares(
      MemorySegment g, MemorySegment p, int from, int to, double[] lanes) {
    DoubleVector a = DoubleVector.zero(DOUBLES);
    DoubleVector b = a;
    DoubleVector c = a;
    DoubleVector d = a;
    DoubleVector e = a;
    DoubleVector f = a;
    DoubleVector h = a;
    DoubleVector k = a;
    for (int i = from; i < to; i += LANES) {
      long at = (long) i << 2;
      DoubleVector q = widen(g, at);
      DoubleVector r = widen(g, at + 16);
      DoubleVector s = widen(g, at + 32);
      DoubleVector t = widen(g, at + 48);
      a = q.fma(q, a);
      b = r.fma(r, b);
      c = s.fma(s, c);
      d = t.fma(t, d);
      q = widen(p, at);
      r = widen(p, at + 16);
      s = widen(p, at + 32);
      t = widen(p, at + 48);
      e = q.fma(q, e);
      f = r.fma(r, f);
      h = s.fma(s, h);
      k = t.fma(t, k);
    }
    a.intoArray(lanes, 0);
    b.intoArray(lanes, 4);
    c.intoArray(lanes, 8);
    d.intoArray(lanes, 12);
    e.intoArray(lanes, 16);
    f.intoArray(lanes, 20);
    h.intoArray(lanes, 24);
    k.intoArray(lanes, 28);
  }

  private static DoubleVector widen(MemorySegment x, long at) {
    return (DoubleVector)
        FloatVector.fromMemorySegment(QUARTERS, x, at, LE)
            .convertShape(VectorOperators.F2D, DOUBLES, 0);
  }

  /** {@link ScalarReductions#fold} on the 16 from {@code at}. */
  private static double fold(double[] lanes, int at) {
    DoubleVector ac =
        DoubleVector.fromArray(DOUBLES, lanes, at)
            .add(DoubleVector.fromArray(DOUBLES, lanes, at + 8));
    DoubleVector bd =
        DoubleVector.fromArray(DOUBLES, lanes, at + 4)
            .add(DoubleVector.fromArray(DOUBLES, lanes, at + 12));
    DoubleVector four = ac.add(bd);
    return (four.lane(0) + four.lane(2)) + (four.lane(1) + four.lane(3));
  }
}
