package dev.swage.quant;

import dev.swage.kernel.AffineCodes;
import dev.swage.kernel.Quantization;
import java.lang.foreign.MemorySegment;

/** Squared errors of a tensor's elements under given codes, a sum for each scale. */
final class ErrorSums {
  private static final long MOST_PARTS = 64;

  private final MemorySegment floats;
  private final Layout layout;

  ErrorSums(MemorySegment floats, Layout layout) {
    this.floats = floats;
    this.layout = layout;
  }

  /** Adds those of the slabs that are the elements from … to−1. */
  void addSlabs(AffineCodes codes, double[] sums, long from, long to) {
    layout.visit(from, to, block -> Quantization.squaredError(floats, block, codes, sums));
  }

  /**
   * Adds those of all elements, where scales are spread over all of them. Sums of a part are added
   * to those of the parts before it, whichever was ready first.
   */
  void addWhole(AffineCodes codes, double[] sums) {
    long size = partSize(layout);
    double[][] partial = new double[Chunks.count(layout.elements(), size)][];
    Chunks.forEach(
        layout.elements(),
        size,
        (part, from, to) -> {
          partial[part] = new double[sums.length];
          addSlabs(codes, partial[part], from, to);
        });
    for (double[] part : partial) {
      for (int slot = 0; slot < sums.length; slot++) {
        sums[slot] += part[slot];
      }
    }
  }

  /** At most 64 parts, and so few that their extremes take less room than the tensor. */
  static long partSize(Layout layout) {
    long most = Math.clamp(layout.elements() / (4L * Math.max(1, layout.slots())), 1, MOST_PARTS);
    return Math.max(Chunks.SIZE, Math.ceilDiv(layout.elements(), most));
  }
}
