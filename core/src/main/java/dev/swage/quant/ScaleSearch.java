package dev.swage.quant;

import dev.swage.kernel.Parallel;
import dev.swage.kernel.ScaleTrials;
import dev.swage.quant.RangeEstimator.MeanSquaredError;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Finds for each scale of a tensor the one with the least squared error, from ranges already
 * measured; zero points stay. What a scale becomes depends on its own elements only, whatever is
 * beside it and however work is shared out.
 */
final class ScaleSearch {
  private static final int LANES = ScaleTrials.LANES;

  /** From so many elements on a scale has all lanes to itself, unless columns lie side by side. */
  private static final long WIDE = 512;

  /** Strips from which on each core takes whole ones. */
  private static final int MANY = 8;

  /** Strips that a core takes at once. */
  private static final int BATCH = 16;

  private final Ranges ranges;
  private final MemorySegment floats;
  private final Layout layout;
  private final boolean spread;
  private final float[] inverseFactors;

  ScaleSearch(MeanSquaredError grid, Ranges ranges, MemorySegment floats, Layout layout) {
    this.ranges = ranges;
    this.floats = floats;
    this.layout = layout;
    this.spread =
        !(layout instanceof Layout.Columns)
            && layout.slots() > 0
            && layout.elementsOf(0).count() >= WIDE;
    this.inverseFactors = new float[grid.candidates()];
    for (int candidate = 0; candidate < grid.candidates(); candidate++) {
      inverseFactors[candidate] = (float) (1 / grid.factor(candidate));
    }
  }

  /** Searches for the scales first … end−1, whose ranges are known and finite, on this thread. */
  void run(int first, int end) {
    ScaleTrials trials = new ScaleTrials(1 + inverseFactors.length);
    ScaleTrials last = new ScaleTrials(1);
    for (int slot = first; slot < end; slot += width()) {
      new Strip(slot, Math.min(end, slot + width()), false).search(trials, last);
    }
  }

  /** Searches for all scales on all cores. */
  void runAll() {
    int slots = layout.slots();
    int width = width();
    if (Math.ceilDiv(slots, width) >= MANY) {
      int batch = BATCH * width;
      Parallel.forEach(
          Math.ceilDiv(slots, batch),
          index -> run(index * batch, Math.min(slots, (index + 1) * batch)));
      return;
    }
    ScaleTrials trials = new ScaleTrials(1 + inverseFactors.length);
    ScaleTrials last = new ScaleTrials(1);
    for (int slot = 0; slot < slots; slot += width) {
      new Strip(slot, Math.min(slots, slot + width), true).search(trials, last);
    }
  }

  /** Scales in a strip. */
  private int width() {
    return spread ? 1 : LANES;
  }

  /** The scales first … end−1 together. */
  private final class Strip {
    private final int first;
    private final int end;
    private final boolean allCores;
    private final ScaleStrip elements;

    Strip(int first, int end, boolean allCores) {
      this.first = first;
      this.end = end;
      this.allCores = allCores;
      List<SlotElements> lanes = IntStream.range(first, end).mapToObj(layout::elementsOf).toList();
      this.elements = new ScaleStrip(floats, lanes, spread);
    }

    void search(ScaleTrials trials, ScaleTrials last) {
      for (int lane = 0; lane < LANES; lane++) {
        int slot = slot(lane);
        setCodes(trials, lane, slot);
        setCodes(last, lane, slot);
        trials.set(0, lane, 1 / ranges.scales[slot]);
        float inverse = 1 / ranges.reach(slot);
        for (int k = 0; k < inverseFactors.length; k++) {
          trials.set(k + 1, lane, inverse * inverseFactors[k]);
        }
      }
      elements.project(trials, allCores);
      takeBest(trials);
      for (int lane = 0; lane < LANES; lane++) {
        last.set(0, lane, 1 / ranges.scales[slot(lane)]);
      }
      elements.project(last, allCores);
      takeBest(last);
    }

    /** Lanes beyond the last scale do as it does, without elements. */
    private int slot(int lane) {
      return spread ? first : Math.min(first + lane, end - 1);
    }

    private void setCodes(ScaleTrials trials, int lane, int slot) {
      int zeroPoint = ranges.zeroPoints[slot];
      QuantScheme scheme = ranges.scheme();
      trials.setCodes(lane, scheme.qmin() - zeroPoint, scheme.qmax() - zeroPoint);
    }

    private void takeBest(ScaleTrials trials) {
      if (spread) {
        trials.joinLanes();
      }
      for (int slot = first; slot < end; slot++) {
        float scale = trials.best(slot - first);
        if (scale > 0) {
          ranges.scales[slot] = scale;
        }
      }
    }
  }
}
