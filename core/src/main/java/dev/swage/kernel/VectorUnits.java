package dev.swage.kernel;

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

  static void scale(GradientEdit.PerUnit edit, MemorySegment x, long first, int count) {
    if (edit.inner() == 1) {
      scaleColumns(edit.coefficients(), x, first, count);
    } else {
      scaleRuns(edit, x, first, count);
    }
  }

  /** Runs of elements that share a coefficient; those of 1 are left alone. */
  private static void scaleRuns(GradientEdit.PerUnit edit, MemorySegment x, long first, int count) {
    float[] coefficients = edit.coefficients();
    int at = 0;
    while (at < count) {
      long run = (first + at) / edit.inner();
      int end = (int) Math.min(count, (run + 1) * edit.inner() - first);
      float coefficient = coefficients[(int) (run % coefficients.length)];
      if (coefficient != 1) {
        MemorySegment slice = x.asSlice((long) at << 2, (long) (end - at) << 2);
        VectorUpdates.edit(
            (GradientEdit.Elementwise) GradientEdit.scale(coefficient), slice, end - at);
      }
      at = end;
    }
  }

  private static void scaleColumns(float[] coefficients, MemorySegment x, long first, int count) {
    int at = 0;
    while (at < count) {
      int unit = (int) ((first + at) % coefficients.length);
      int end = Math.min(count, at + coefficients.length - unit);
      multiply(x, at, end, coefficients, unit);
      at = end;
    }
  }

  private static void multiply(MemorySegment x, int from, int to, float[] by, int unit) {
    int i = from;
    int u = unit;
    for (; i + FLOATS.length() <= to; i += FLOATS.length(), u += FLOATS.length()) {
      long at = (long) i << 2;
      FloatVector.fromMemorySegment(FLOATS, x, at, LE)
          .mul(FloatVector.fromArray(FLOATS, by, u))
          .intoMemorySegment(x, at, LE);
    }
    float[] rest = java.util.Arrays.copyOfRange(by, u, u + to - i);
    if (rest.length > 0) {
      ScalarUnits.scale(
          new GradientEdit.PerUnit(rest, 1), x.asSlice((long) i << 2), 0, rest.length);
    }
  }

  /** The product of two floats is exact in double: fused or not, the sum is the same. */
  static void addSquares(MemorySegment x, int count, double[] sums, int from) {
    int i = 0;
    for (; i + 4 <= count; i += 4) {
      DoubleVector value =
          (DoubleVector)
              FloatVector.fromMemorySegment(QUARTERS, x, (long) i << 2, LE)
                  .convertShape(VectorOperators.F2D, DOUBLES, 0);
      value.fma(value, DoubleVector.fromArray(DOUBLES, sums, from + i)).intoArray(sums, from + i);
    }
    ScalarUnits.addSquares(x.asSlice((long) i << 2), count - i, sums, from + i);
  }
}
