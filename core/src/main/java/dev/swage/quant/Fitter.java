package dev.swage.quant;

import dev.swage.kernel.AffineCodes;
import dev.swage.kernel.Block;
import dev.swage.kernel.Quantization;
import dev.swage.quant.RangeEstimator.Given;
import dev.swage.quant.RangeEstimator.MeanSquaredError;
import dev.swage.quant.RangeEstimator.MinMax;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Finds the scales and zero points of a tensor. Where the tensor is a sequence of slabs that share
 * no scale, ranges of slabs can be fitted independently, each while it is in a core's cache;
 * otherwise all of it is fitted together.
 */
final class Fitter {
  /** Below, calls cost more than memory; above, a row has left the cache when it is encoded. */
  private static final long SHORTEST_PIPED = 64;

  private static final long LONGEST_PIPED = 2 * Chunks.SIZE;

  private static final long MOST_PARTS = 64;

  private final MemorySegment floats;
  private final Layout layout;
  private final QuantScheme scheme;
  private final Ranges ranges;
  private final @Nullable ScaleSearch search;

  Fitter(MemorySegment floats, Layout layout, QuantScheme scheme, RangeEstimator estimator) {
    this.floats = floats;
    this.layout = layout;
    this.scheme = scheme;
    this.ranges = new Ranges(scheme, layout.slots(), estimator);
    this.search =
        switch (estimator) {
          case MinMax _, Given _ -> null;
          case MeanSquaredError grid -> new ScaleSearch(grid, ranges, floats, layout);
        };
  }

  float[] scales() {
    return ranges.scales;
  }

  int[] zeroPoints() {
    return ranges.zeroPoints;
  }

  /** Fits the slabs that are the elements from … to−1; false when some were not finite. */
  boolean fitSlabs(long from, long to) {
    int first = layout.slotAt(from);
    int end = layout.slotAt(to);
    layout.visit(from, to, block -> measure(block, ranges.min, ranges.max));
    if (!ranges.choose(first, end)) {
      return false;
    }
    if (search != null) {
      search.run(first, end);
    }
    return true;
  }

  /** Whether {@link #pipeRows} does: 8-bit symmetric min-max schemes with a scale per row. */
  boolean pipes() {
    return scheme.symmetric()
        && scheme.storage().bits() == 8
        && search == null
        && layout instanceof Layout.Runs rows
        && rows.length() >= SHORTEST_PIPED
        && rows.length() <= LONGEST_PIPED;
  }

  /**
   * Fits and encodes the rows that are the elements from … to−1, reading each row while the one
   * before it is encoded; false when some were not finite.
   */
  boolean pipeRows(MemorySegment codes, long from, long to) {
    AffineCodes affine = ranges.affine();
    int slot = layout.slotAt(from);
    int end = layout.slotAt(to);
    long length = (to - from) / (end - slot);
    measure(Block.ofRows(from, 1, length, slot), ranges.min, ranges.max);
    for (long at = from; slot < end; at += length, slot++) {
      if (!ranges.choose(slot, slot + 1)) {
        return false;
      }
      Block row = Block.ofRows(at, 1, length, slot);
      if (slot + 1 < end) {
        Quantization.quantizeThenScan(floats, row, affine, codes, ranges.max);
      } else {
        Quantization.quantize(floats, row, affine, codes, at);
      }
    }
    return true;
  }

  /** Fits all elements; false when some were not finite. */
  boolean fitWhole() {
    long size = partSize();
    int parts = Chunks.count(layout.elements(), size);
    int slots = layout.slots();
    float[][] min = new float[parts][];
    float[][] max = new float[parts][];
    Chunks.forEach(
        layout.elements(),
        size,
        (part, from, to) -> {
          min[part] = ranges.min.clone();
          max[part] = ranges.max.clone();
          layout.visit(from, to, block -> measure(block, min[part], max[part]));
        });
    for (int part = 0; part < parts; part++) {
      ranges.widen(min[part], max[part]);
    }
    if (!ranges.choose(0, slots)) {
      return false;
    }
    if (search != null && layout.elements() > 0) {
      search.runAll();
    }
    return true;
  }

  /** At most 64 parts, and so few that their extremes take less room than the tensor. */
  private long partSize() {
    long most = Math.clamp(layout.elements() / (4L * Math.max(1, layout.slots())), 1, MOST_PARTS);
    return Math.max(Chunks.SIZE, Math.ceilDiv(layout.elements(), most));
  }

  private void measure(Block block, float[] min, float[] max) {
    if (scheme.symmetric() && (search == null || scheme.qmin() == -scheme.qmax())) {
      Quantization.absMax(floats, block, max);
    } else {
      Quantization.minMax(floats, block, min, max);
    }
  }
}
