package dev.swage.quant;

import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Where the elements of one scale lie: {@code count} of them, in runs of {@code run} elements that
 * begin {@code stride} apart.
 */
record SlotElements(long start, long count, long run, long stride) {
  /** Position of element {@code i}. */
  long at(long i) {
    return start + i / run * stride + i % run;
  }

  /** Whether both are single columns of the same rows, the other one the next. */
  boolean isLeftOf(SlotElements other) {
    return run == 1 && other.equals(new SlotElements(start + 1, count, 1, stride));
  }

  /**
   * Copies elements from … to−1, the first to place {@code into}, the others {@code step} places
   * apart; zeros where there are no more.
   */
  void copy(MemorySegment floats, long from, long to, float[] target, int into, int step) {
    int place = into;
    long end = Math.min(to, count);
    for (long i = from; i < end; ) {
      int inRun = (int) Math.min(end - i, run - i % run);
      long at = at(i) * Float.BYTES;
      for (int k = 0; k < inRun; k++) {
        target[place] = floats.get(Tensor.LE_FLOAT, at + (long) k * Float.BYTES);
        place += step;
      }
      i += inRun;
    }
    for (long i = Math.max(from, end); i < to; i++) {
      target[place] = 0;
      place += step;
    }
  }
}
