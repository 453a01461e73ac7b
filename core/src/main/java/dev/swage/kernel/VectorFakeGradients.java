package dev.swage.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.swage.kernel.ScalarFakeQuantization.Row;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * The gradients of {@link VectorFakeQuantization} that are added up, in vectors of four floats:
 * four doubles are the widest that they become in one instruction everywhere.
 */
final class VectorFakeGradients {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_128;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_128;
  private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_256;
  private static final int LANES = StepSums.LANES;
  private static final int HALF = LANES / 2;
  private static final float ROUNDER = VectorQuantization.ROUNDER;

  private VectorFakeGradients() {}

  static void backward(
      MemorySegment x,
      MemorySegment dy,
      Block block,
      AffineSteps steps,
      @Nullable MemorySegment dx,
      StepSums sums) {
    double[] lanes = new double[2 * LANES];
    for (long r = 0; r < block.rows(); r++) {
      Row row = Row.of(block, r);
      if (row.own()) {
        long whole = row.length() - row.length() % LANES;
        Arrays.fill(lanes, 0);
        addRow(x, dy, row, whole, steps, dx, lanes);
        ScalarFakeQuantization.addRow(x, dy, row, whole, steps, dx, lanes);
        sums.addRow(row.slot(), lanes);
      } else {
        long whole = row.length() - row.length() % HALF;
        addColumns(x, dy, row, whole, steps, dx, sums);
        ScalarFakeQuantization.addColumns(x, dy, row, whole, steps, dx, sums);
      }
    }
  }

  private static void addRow(
      MemorySegment x,
      MemorySegment dy,
      Row row,
      long whole,
      AffineSteps steps,
      @Nullable MemorySegment dx,
      double[] lanes) {
    FloatVector scale = FloatVector.broadcast(FLOATS, steps.scales()[row.slot()]);
    FloatVector low = FloatVector.broadcast(FLOATS, steps.low(row.slot()));
    FloatVector high = FloatVector.broadcast(FLOATS, steps.high(row.slot()));
    DoubleVector scaleA = DoubleVector.zero(DOUBLES);
    DoubleVector scaleB = scaleA;
    DoubleVector offsetA = scaleA;
    DoubleVector offsetB = scaleA;
    for (long i = 0; i < whole; i += LANES) {
      long at = row.at() + i * 4;
      FloatVector dyA = floats(dy, at);
      FloatVector dyB = floats(dy, at + 16);
      FloatVector tA = floats(x, at).div(scale);
      FloatVector tB = floats(x, at + 16).div(scale);
      scaleA = scaleA.add(widened(byScale(dyA, tA, low, high)));
      scaleB = scaleB.add(widened(byScale(dyB, tB, low, high)));
      offsetA = offsetA.add(widened(outside(dyA, tA, low, high)));
      offsetB = offsetB.add(widened(outside(dyB, tB, low, high)));
      if (dx != null) {
        inside(dyA, tA, low, high).intoMemorySegment(dx, at, LITTLE_ENDIAN);
        inside(dyB, tB, low, high).intoMemorySegment(dx, at + 16, LITTLE_ENDIAN);
      }
    }
    scaleA.intoArray(lanes, 0);
    scaleB.intoArray(lanes, HALF);
    offsetA.intoArray(lanes, LANES);
    offsetB.intoArray(lanes, LANES + HALF);
  }

  private static void addColumns(
      MemorySegment x,
      MemorySegment dy,
      Row row,
      long whole,
      AffineSteps steps,
      @Nullable MemorySegment dx,
      StepSums sums) {
    FloatVector least = FloatVector.broadcast(FLOATS, steps.min());
    FloatVector most = FloatVector.broadcast(FLOATS, steps.max());
    for (int j = 0; j < whole; j += HALF) {
      long at = row.at() + j * 4L;
      FloatVector zero = zeros(steps, row.slot() + j);
      FloatVector low = least.sub(zero);
      FloatVector high = most.sub(zero);
      FloatVector scale = FloatVector.fromArray(FLOATS, steps.scales(), row.slot() + j);
      FloatVector gradient = floats(dy, at);
      FloatVector t = floats(x, at).div(scale);
      int entry = row.slot() + j - sums.first();
      add(byScale(gradient, t, low, high), sums.byScale(), entry);
      add(outside(gradient, t, low, high), sums.byOffset(), entry);
      if (dx != null) {
        inside(gradient, t, low, high).intoMemorySegment(dx, at, LITTLE_ENDIAN);
      }
    }
  }

  private static void add(FloatVector terms, double[] sums, int at) {
    DoubleVector.fromArray(DOUBLES, sums, at).add(widened(terms)).intoArray(sums, at);
  }

  private static FloatVector inside(
      FloatVector gradient, FloatVector t, FloatVector low, FloatVector high) {
    VectorMask<Float> inside =
        t.compare(VectorOperators.GE, low).and(t.compare(VectorOperators.LE, high));
    return FloatVector.zero(FLOATS).blend(gradient, inside);
  }

  private static FloatVector outside(
      FloatVector gradient, FloatVector t, FloatVector low, FloatVector high) {
    VectorMask<Float> outside =
        t.compare(VectorOperators.LT, low).or(t.compare(VectorOperators.GT, high));
    return FloatVector.zero(FLOATS).blend(gradient, outside);
  }

  /** NaN is neither below nor above, and stays. */
  private static FloatVector byScale(
      FloatVector gradient, FloatVector t, FloatVector low, FloatVector high) {
    FloatVector error = t.add(ROUNDER).sub(ROUNDER).sub(t);
    return error
        .blend(low, t.compare(VectorOperators.LT, low))
        .blend(high, t.compare(VectorOperators.GT, high))
        .mul(gradient);
  }

  private static FloatVector zeros(AffineSteps steps, int slot) {
    IntVector zeros = IntVector.fromArray(INTS, steps.zeroPoints(), slot);
    return (FloatVector) zeros.convertShape(VectorOperators.I2F, FLOATS, 0);
  }

  private static DoubleVector widened(FloatVector terms) {
    return (DoubleVector) terms.convertShape(VectorOperators.F2D, DOUBLES, 0);
  }

  private static FloatVector floats(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(FLOATS, x, at, LITTLE_ENDIAN);
  }
}
