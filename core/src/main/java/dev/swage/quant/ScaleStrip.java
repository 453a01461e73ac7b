package dev.swage.quant;

import dev.swage.kernel.Parallel;
import dev.swage.kernel.Quantization;
import dev.swage.kernel.ScaleTrials;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The elements of some scales, a lane of the kernel each, or of a single one with many elements
 * spread over all lanes.
 */
final class ScaleStrip {
  private static final int LANES = ScaleTrials.LANES;

  /** Rows of lanes whose sums are made on their own: what cores share out. */
  private static final long PART = 16L * ScaleTrials.ROWS;

  private final MemorySegment floats;
  private final List<SlotElements> lanes;
  private final boolean spread;
  private final long rows;

  ScaleStrip(MemorySegment floats, List<SlotElements> lanes, boolean spread) {
    this.floats = floats;
    this.lanes = lanes;
    this.spread = spread;
    long most = lanes.stream().mapToLong(SlotElements::count).max().orElse(0);
    rows = spread ? Math.ceilDiv(most, (long) LANES) : most;
  }

  /** Sums anew, in parts that depend on nothing but the number of elements. */
  void project(ScaleTrials trials, boolean allCores) {
    trials.clear();
    int parts = Math.toIntExact(Math.ceilDiv(rows, PART));
    if (parts <= 1) {
      projectPart(0, trials);
    } else if (allCores) {
      ScaleTrials[] each = new ScaleTrials[parts];
      Parallel.forEach(
          parts,
          part -> {
            each[part] = trials.another();
            projectPart(part, each[part]);
          });
      for (ScaleTrials part : each) {
        trials.add(part);
      }
    } else {
      ScaleTrials own = trials.another();
      for (int part = 0; part < parts; part++) {
        own.clear();
        projectPart(part, own);
        trials.add(own);
      }
    }
  }

  private void projectPart(long part, ScaleTrials trials) {
    long end = Math.min(rows, (part + 1) * PART);
    for (long row = part * PART; row < end; row += ScaleTrials.ROWS) {
      int count = (int) Math.min(ScaleTrials.ROWS, end - row);
      load(row, count, trials.tile());
      Quantization.project(trials, count);
    }
  }

  private void load(long row, int count, float[] tile) {
    if (spread) {
      lanes.getFirst().copy(floats, row * LANES, (row + count) * LANES, tile, 0, 1);
      return;
    }
    int lane = 0;
    while (lane < lanes.size()) {
      int end = lane + 1;
      while (end < lanes.size() && lanes.get(end - 1).isLeftOf(lanes.get(end))) {
        end++;
      }
      if (end - lane > 1) {
        loadColumns(row, count, tile, lane, end);
      } else {
        lanes.get(lane).copy(floats, row, row + count, tile, lane, LANES);
      }
      lane = end;
    }
    for (; lane < LANES; lane++) {
      for (int r = 0; r < count; r++) {
        tile[r * LANES + lane] = 0;
      }
    }
  }

  /** Columns side by side, row after row. */
  private void loadColumns(long row, int count, float[] tile, int from, int to) {
    SlotElements first = lanes.get(from);
    int whole = Math.clamp(first.count() - row, 0, count);
    int width = to - from;
    for (int r = 0; r < count; r++) {
      int into = r * LANES + from;
      if (r < whole) {
        long at = first.at(row + r) * Float.BYTES;
        for (int lane = 0; lane < width; lane++) {
          tile[into + lane] = floats.get(Tensor.LE_FLOAT, at + (long) lane * Float.BYTES);
        }
      } else {
        for (int lane = 0; lane < width; lane++) {
          tile[into + lane] = 0;
        }
      }
    }
  }
}
