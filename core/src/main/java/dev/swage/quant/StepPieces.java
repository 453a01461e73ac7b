package dev.swage.quant;

import dev.swage.kernel.StepSums;

/**
 * How a tensor is cut while gradients of its scales are added up, by its layout and never by thread
 * count: where scales belong to few elements, into pieces that share no scale and add to the sums
 * directly; else into pieces with sums of their own, which are added in order afterwards.
 *
 * @param size elements of a piece
 * @param apart whether pieces share no scale
 */
record StepPieces(Layout layout, long size, boolean apart) {
  /** Elements of a slab that one thread may take alone. */
  private static final long WHOLE = 4 * Chunks.SIZE;

  /** Rows for each sum of its own, so that sums cost little beside the elements. */
  private static final long ROWS = 64;

  static StepPieces of(Layout layout) {
    if (layout.elements() == 0) {
      return new StepPieces(layout, Chunks.SIZE, true);
    }
    if (layout.slab() <= WHOLE) {
      return new StepPieces(layout, Chunks.sizeInSlabs(layout, Chunks.SIZE), true);
    }
    long sums =
        switch (layout) {
          case Layout.Runs runs -> runs.slots();
          case Layout.Columns columns -> columns.width();
          case Layout.Groups _ -> 1;
        };
    return new StepPieces(layout, Math.max(Chunks.SIZE, ROWS * sums), false);
  }

  int count() {
    return Chunks.count(layout.elements(), size);
  }

  /** Zero sums for the scales of the elements from … to−1. */
  StepSums zeros(long from, long to) {
    int[] range = {layout.slots(), 0};
    layout.visit(
        from,
        to,
        block -> {
          range[0] = Math.min(range[0], block.slot());
          range[1] = Math.max(range[1], Math.toIntExact(block.slotEnd()));
        });
    return StepSums.zeros(range[0], range[1]);
  }
}
