package dev.swage.kernel;

import static dev.swage.tensor.Tensor.LE_FLOAT;

import dev.swage.kernel.Block.Sharing;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The specification of the fake-quantize kernels: one element after the other. */
final class ScalarFakeQuantization implements FakeQuantizationKernels {
  @Override
  public void forward(MemorySegment x, Block block, AffineSteps steps, MemorySegment y) {
    for (long row = 0; row < block.rows(); row++) {
      forward(x, Row.of(block, row), 0, steps, y);
    }
  }

  /** What is left of a row after its first elements. */
  static void forward(MemorySegment x, Row row, long done, AffineSteps steps, MemorySegment y) {
    for (long j = done; j < row.length(); j++) {
      int slot = row.slot(j);
      int code = stepsFromZero(x.get(LE_FLOAT, row.offset(j)), steps, slot);
      y.set(LE_FLOAT, row.offset(j), code * steps.scales()[slot]);
    }
  }

  @Override
  public void straightThrough(
      MemorySegment x, MemorySegment dy, Block block, AffineSteps steps, MemorySegment dx) {
    for (long row = 0; row < block.rows(); row++) {
      straightThrough(x, dy, Row.of(block, row), 0, steps, dx);
    }
  }

  /** What is left of a row after its first elements. */
  static void straightThrough(
      MemorySegment x, MemorySegment dy, Row row, long done, AffineSteps steps, MemorySegment dx) {
    for (long j = done; j < row.length(); j++) {
      int slot = row.slot(j);
      float t = x.get(LE_FLOAT, row.offset(j)) / steps.scales()[slot];
      boolean inside = t >= steps.low(slot) && t <= steps.high(slot);
      dx.set(LE_FLOAT, row.offset(j), inside ? dy.get(LE_FLOAT, row.offset(j)) : 0);
    }
  }

  @Override
  public void backward(
      MemorySegment x,
      MemorySegment dy,
      Block block,
      AffineSteps steps,
      @Nullable MemorySegment dx,
      StepSums sums) {
    double[] lanes = new double[2 * StepSums.LANES];
    for (long r = 0; r < block.rows(); r++) {
      Row row = Row.of(block, r);
      if (row.own()) {
        Arrays.fill(lanes, 0);
        addRow(x, dy, row, 0, steps, dx, lanes);
        sums.addRow(row.slot(), lanes);
      } else {
        addColumns(x, dy, row, 0, steps, dx, sums);
      }
    }
  }

  /** What is left of a row with an entry of its own after its first elements. */
  static void addRow(
      MemorySegment x,
      MemorySegment dy,
      Row row,
      long done,
      AffineSteps steps,
      @Nullable MemorySegment dx,
      double[] lanes) {
    for (long j = done; j < row.length(); j++) {
      float gradient = dy.get(LE_FLOAT, row.offset(j));
      float t = x.get(LE_FLOAT, row.offset(j)) / steps.scales()[row.slot()];
      int low = steps.low(row.slot());
      int high = steps.high(row.slot());
      int lane = (int) (j % StepSums.LANES);
      lanes[lane] += gradient * byScale(t, low, high);
      lanes[StepSums.LANES + lane] += t < low || t > high ? gradient : 0;
      if (dx != null) {
        dx.set(LE_FLOAT, row.offset(j), t >= low && t <= high ? gradient : 0);
      }
    }
  }

  /** What is left of a row of columns after its first elements. */
  static void addColumns(
      MemorySegment x,
      MemorySegment dy,
      Row row,
      long done,
      AffineSteps steps,
      @Nullable MemorySegment dx,
      StepSums sums) {
    for (long j = done; j < row.length(); j++) {
      int slot = row.slot(j);
      float gradient = dy.get(LE_FLOAT, row.offset(j));
      float t = x.get(LE_FLOAT, row.offset(j)) / steps.scales()[slot];
      int low = steps.low(slot);
      int high = steps.high(slot);
      int entry = slot - sums.first();
      sums.byScale()[entry] += gradient * byScale(t, low, high);
      sums.byOffset()[entry] += t < low || t > high ? gradient : 0;
      if (dx != null) {
        dx.set(LE_FLOAT, row.offset(j), t >= low && t <= high ? gradient : 0);
      }
    }
  }

  /** ∂y/∂scale of an element that is {@code t} scales from zero. NaN stays. */
  private static float byScale(float t, int low, int high) {
    return t < low ? low : t > high ? high : (float) Math.rint(t) - t;
  }

  @Override
  public long flips(
      MemorySegment a, AffineSteps stepsOfA, MemorySegment b, AffineSteps stepsOfB, Block block) {
    long flips = 0;
    for (long row = 0; row < block.rows(); row++) {
      flips += flips(a, stepsOfA, b, stepsOfB, Row.of(block, row), 0);
    }
    return flips;
  }

  /** In what is left of a row after its first elements. */
  static long flips(
      MemorySegment a,
      AffineSteps stepsOfA,
      MemorySegment b,
      AffineSteps stepsOfB,
      Row row,
      long done) {
    long flips = 0;
    for (long j = done; j < row.length(); j++) {
      int before = stepsFromZero(a.get(LE_FLOAT, row.offset(j)), stepsOfA, row.slot(j));
      int after = stepsFromZero(b.get(LE_FLOAT, row.offset(j)), stepsOfB, row.slot(j));
      flips += before != after ? 1 : 0;
    }
    return flips;
  }

  /** The code less its zero point: float32 division, half to even; NaN gives the smallest. */
  private static int stepsFromZero(float value, AffineSteps steps, int slot) {
    double rounded = Math.rint(value / steps.scales()[slot]);
    int low = steps.low(slot);
    return rounded >= low ? (int) Math.min(rounded, steps.high(slot)) : low;
  }

  /**
   * A row of a block.
   *
   * @param at byte of its first element
   * @param slot its entry, or that of its first column
   * @param own whether all of it uses that entry
   */
  record Row(long at, long length, int slot, boolean own) {
    static Row of(Block block, long row) {
      boolean own = block.sharing() == Sharing.ROW;
      return new Row(
          (block.at() + row * block.length()) * Float.BYTES,
          block.length(),
          own ? block.slot() + (int) row : block.slot(),
          own);
    }

    long offset(long j) {
      return at + j * Float.BYTES;
    }

    int slot(long j) {
      return own ? slot : slot + (int) j;
    }
  }
}
