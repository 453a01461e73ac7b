package dev.swage.quant;

import dev.swage.kernel.Block;
import dev.swage.kernel.Parallel;
import java.lang.foreign.MemorySegment;

/** Work on a tensor block by block: on all cores where it is large, in pieces by size alone. */
record BlockWork(Layout layout) {
  /** Work below this many elements is done before another core would have woken up. */
  private static final long WORTH_SHARING = 1 << 17;

  /** Work on a block; gives a number to add up. */
  @FunctionalInterface
  interface Task {
    long run(Block block);
  }

  /** The sum of what the blocks give. */
  long sum(Task task, MemorySegment... tensors) {
    long[] sums = new long[Chunks.count(layout.elements(), Chunks.SIZE)];
    Chunks.Task piece =
        (index, from, to) -> layout.visit(from, to, block -> sums[index] += task.run(block));
    if (mayShare(tensors)) {
      Chunks.forEach(layout.elements(), Chunks.SIZE, piece);
    } else {
      for (int index = 0; index < sums.length; index++) {
        long from = index * Chunks.SIZE;
        piece.run(index, from, Math.min(layout.elements(), from + Chunks.SIZE));
      }
    }
    long all = 0;
    for (long sum : sums) {
      all += sum;
    }
    return all;
  }

  private boolean mayShare(MemorySegment... tensors) {
    boolean may = layout.elements() >= WORTH_SHARING;
    for (MemorySegment tensor : tensors) {
      may &= Parallel.mayAccess(tensor);
    }
    return may;
  }
}
