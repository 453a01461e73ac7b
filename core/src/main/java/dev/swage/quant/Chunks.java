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
}
