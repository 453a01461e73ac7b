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
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * The gradients of {@link VectorFakeQuantization} that are added up. Everything is written into the
 * loops: methods of vectors that the compiler does not inline there cost more than all the rest.
 */
final class VectorFakeGradients {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
  private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_256;
  private static final int LANES = StepSums.LANES;
  private static final int HALF = LANES / 2;
  private static final float ROUNDER = VectorQuantization.ROUNDER;

  /** Converting the upper half of a vector is no instruction; the lower half is. */
  private static final VectorShuffle<Float> SWAPPED =
      VectorShuffle.fromOp(FLOATS, lane -> lane ^ HALF);

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
        long whole = row.length() - row.length() % LANES;
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
    FloatVector none = FloatVector.zero(FLOATS);
    DoubleVector scaleA = DoubleVector.zero(DOUBLES);
    DoubleVector scaleB = scaleA;
    DoubleVector offsetA = scaleA;
    DoubleVector offsetB = scaleA;
    long start = row.at();
    for (long i = 0; i < whole; i += LANES) {
      long at = start + i * Float.BYTES;
      FloatVector gradient = floats(dy, at);
      FloatVector t = floats(x, at).div(scale);
      VectorMask<Float> below = t.compare(VectorOperators.LT, low);
      VectorMask<Float> above = t.compare(VectorOperators.GT, high);
      VectorMask<Float> outside = below.or(above);
      FloatVector slope = t.add(ROUNDER).sub(ROUNDER).sub(t).blend(low, below).blend(high, above);
      FloatVector byScale = slope.mul(gradient);
      FloatVector byOffset = none.blend(gradient, outside);
      scaleA = scaleA.add(lower(byScale));
      scaleB = scaleB.add(lower(byScale.rearrange(SWAPPED)));
      offsetA = offsetA.add(lower(byOffset));
      offsetB = offsetB.add(lower(byOffset.rearrange(SWAPPED)));
      if (dx != null) {
        VectorMask<Float> stopped = outside.or(t.compare(VectorOperators.NE, t));
        gradient.blend(none, stopped).intoMemorySegment(dx, at, LITTLE_ENDIAN);
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
    FloatVector none = FloatVector.zero(FLOATS);
    double[] scaleSums = sums.byScale();
    double[] offsetSums = sums.byOffset();
    int slot = row.slot();
    int first = sums.first();
    long start = row.at();
    for (int j = 0; j < whole; j += LANES) {
      long at = start + (long) j * Float.BYTES;
      FloatVector zero = zeros(steps, slot + j);
      FloatVector low = least.sub(zero);
      FloatVector high = most.sub(zero);
      FloatVector gradient = floats(dy, at);
      FloatVector t = floats(x, at).div(FloatVector.fromArray(FLOATS, steps.scales(), slot + j));
      VectorMask<Float> below = t.compare(VectorOperators.LT, low);
      VectorMask<Float> above = t.compare(VectorOperators.GT, high);
      VectorMask<Float> outside = below.or(above);
      FloatVector slope = t.add(ROUNDER).sub(ROUNDER).sub(t).blend(low, below).blend(high, above);
      add(slope.mul(gradient), scaleSums, slot + j - first);
      add(none.blend(gradient, outside), offsetSums, slot + j - first);
      if (dx != null) {
        VectorMask<Float> stopped = outside.or(t.compare(VectorOperators.NE, t));
        gradient.blend(none, stopped).intoMemorySegment(dx, at, LITTLE_ENDIAN);
      }
    }
  }

  private static void add(FloatVector terms, double[] sums, int at) {
    DoubleVector upper = lower(terms.rearrange(SWAPPED));
    DoubleVector.fromArray(DOUBLES, sums, at).add(lower(terms)).intoArray(sums, at);
    DoubleVector.fromArray(DOUBLES, sums, at + HALF).add(upper).intoArray(sums, at + HALF);
  }

  private static FloatVector zeros(AffineSteps steps, int slot) {
    IntVector zeros = IntVector.fromArray(INTS, steps.zeroPoints(), slot);
    return (FloatVector) zeros.convertShape(VectorOperators.I2F, FLOATS, 0);
  }

  private static DoubleVector lower(FloatVector terms) {
    return (DoubleVector) terms.convertShape(VectorOperators.F2D, DOUBLES, 0);
  }

  private static FloatVector floats(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(FLOATS, x, at, LITTLE_ENDIAN);
  }
}
