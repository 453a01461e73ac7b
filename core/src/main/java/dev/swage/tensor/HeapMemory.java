package dev.swage.tensor;

import java.lang.foreign.MemorySegment;

/** Memory for tensors on the Java heap. */
public final class HeapMemory {
  private HeapMemory() {}

  /**
   * Zeroed memory. A {@code long[]} behind it keeps every element type aligned.
   *
   * @throws ArithmeticException if that is more than an array holds, 16 GiB
   */
  public static MemorySegment allocate(long bytes) {
    return MemorySegment.ofArray(new long[Math.toIntExact(Math.ceilDiv(bytes, 8L))])
        .asSlice(0, bytes);
  }
}
