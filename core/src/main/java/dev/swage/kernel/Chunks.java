package dev.swage.kernel;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A list of float32 segments cut into pieces of at most {@link #SIZE} elements, numbered in order
 * over the whole list, so that many small tensors and one large one are shared out to the cores
 * alike. Where the cuts lie depends on the sizes only.
 */
final class Chunks {
  /**
   * Elements in a full chunk: 256 KiB, small enough to share out, large enough for an int index.
   */
  static final int SIZE = 1 << 16;

  /** Work below this many elements is done before another core would have woken up. */
  private static final long WORTH_SHARING = 1 << 17;

  private final int[] tensorOf;
  private final int[] firstChunk;
  private final long[] elements;
  private final boolean shared;

  private Chunks(int[] tensorOf, int[] firstChunk, long[] elements, boolean shared) {
    this.tensorOf = tensorOf;
    this.firstChunk = firstChunk;
    this.elements = elements;
    this.shared = shared;
  }

  /** Work on one chunk: elements {@code first} … {@code first + count − 1} of a tensor. */
  interface Body {
    void run(int chunk, int tensor, long first, int count);
  }

  /**
   * The chunks of these segments. Memory that only the calling thread may access is worked on by
   * that thread alone.
   *
   * @throws IllegalArgumentException if a segment's size is not a multiple of 4 bytes
   */
  static Chunks of(List<MemorySegment> tensors) {
    int size = tensors.size();
    int[] firstChunk = new int[size + 1];
    long[] elements = new long[size];
    long total = 0;
    boolean accessible = true;
    for (int t = 0; t < size; t++) {
      MemorySegment tensor = tensors.get(t);
      if ((tensor.byteSize() & 3) != 0) {
        throw new IllegalArgumentException(
            "float32 segment %d: size must be a multiple of 4 bytes, got %d"
                .formatted(t, tensor.byteSize()));
      }
      elements[t] = tensor.byteSize() >>> 2;
      total += elements[t];
      accessible &= Parallel.mayAccess(tensor);
      firstChunk[t + 1] = firstChunk[t] + Math.toIntExact(Math.ceilDiv(elements[t], SIZE));
    }
    int[] tensorOf = new int[firstChunk[size]];
    for (int t = 0; t < size; t++) {
      java.util.Arrays.fill(tensorOf, firstChunk[t], firstChunk[t + 1], t);
    }
    return new Chunks(tensorOf, firstChunk, elements, accessible && total >= WORTH_SHARING);
  }

  /** Whether all cores should work, and may. */
  boolean shared() {
    return shared;
  }

  int count() {
    return tensorOf.length;
  }

  /** Number of a tensor's first chunk; that of the tensor after the last is {@link #count()}. */
  int firstChunk(int tensor) {
    return firstChunk[tensor];
  }

  /** Index in its tensor of a chunk's first element. */
  long firstElement(int chunk) {
    return (long) (chunk - firstChunk[tensorOf[chunk]]) * SIZE;
  }

  /** Runs the body for every chunk, on all cores when the work is worth it. */
  void forEach(Body body) {
    if (shared) {
      Parallel.forEach(count(), chunk -> run(chunk, body));
    } else {
      for (int chunk = 0; chunk < tensorOf.length; chunk++) {
        run(chunk, body);
      }
    }
  }

  private void run(int chunk, Body body) {
    int tensor = tensorOf[chunk];
    long first = firstElement(chunk);
    body.run(chunk, tensor, first, (int) Math.min(SIZE, elements[tensor] - first));
  }
}
