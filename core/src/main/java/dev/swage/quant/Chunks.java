package dev.swage.quant;

import dev.swage.kernel.Parallel;

/** Cuts a tensor by size, never by thread count, and runs the pieces on all cores. */
final class Chunks {
  /** Elements in a chunk: 256 KiB of floats, which stay in a core's cache between passes. */
  static final long SIZE = 1 << 16;

  private Chunks() {}

  /** Work on the elements from … to−1; {@code index} counts the pieces from 0. */
  @FunctionalInterface
  interface Task {
    void run(int index, long from, long to);
  }

  static int count(long elements, long size) {
    return Math.toIntExact(Math.ceilDiv(elements, size));
  }

  static void forEach(long elements, long size, Task task) {
    Parallel.forEach(
        count(elements, size),
        index -> task.run(index, index * size, Math.min(elements, (index + 1) * size)));
  }

  /** Runs a task on whole slabs, about {@code elements} at a time. */
  static void forSlabs(Layout layout, long elements, Task task) {
    forEach(layout.elements(), sizeInSlabs(layout, elements), task);
  }

  /** Elements in a task of whole slabs: a multiple of four, so that no byte of codes is shared. */
  static long sizeInSlabs(Layout layout, long elements) {
    long slab = layout.slab();
    long slabs = Math.max(1, elements / slab);
    return slab * (slab % 4 == 0 ? slabs : Math.ceilDiv(slabs, 4L) * 4);
  }
}
