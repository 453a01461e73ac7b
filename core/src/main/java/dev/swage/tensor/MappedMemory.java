package dev.swage.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * Memory of mapped files, which may be cut off at any time. Where Java reads or copies it then,
 * that is an {@link InternalError}; where native code or vectors read it, the system ends the
 * process. So these are given copies. Java does not say which of both {@link
 * MemorySegment#mismatch} is.
 */
public final class MappedMemory {
  private static final long PIECE = 1 << 18;

  private MappedMemory() {}

  /**
   * Memory for native code to read: itself where it is native and no file's, else a copy. Of a
   * mapped file's memory the process holds the copy alone then.
   *
   * @param alignment of a copy
   */
  public static MemorySegment forNativeCode(
      MemorySegment memory, SegmentAllocator copies, long alignment) {
    if (memory.isNative() && !memory.isMapped()) {
      return memory;
    }
    MemorySegment copy = copies.allocate(memory.byteSize(), alignment);
    if (!memory.isMapped()) {
      return copy.copyFrom(memory);
    }
    for (long at = 0; at < memory.byteSize(); at += PIECE) {
      long size = Math.min(PIECE, memory.byteSize() - at);
      MemorySegment piece = memory.asSlice(at, size);
      MemorySegment.copy(piece, 0, copy, at, size);
      piece.unload();
    }
    return copy;
  }

  /** As {@link MemorySegment#mismatch(MemorySegment)}, of memory of any kind. */
  public static long mismatch(MemorySegment a, MemorySegment b) {
    if (!a.isMapped() && !b.isMapped()) {
      return a.mismatch(b);
    }
    long common = Math.min(a.byteSize(), b.byteSize());
    MemorySegment ofA = HeapMemory.allocate(Math.min(PIECE, common));
    MemorySegment ofB = HeapMemory.allocate(Math.min(PIECE, common));
    for (long at = 0; at < common; at += PIECE) {
      long size = Math.min(PIECE, common - at);
      long found = piece(a, at, size, ofA).mismatch(piece(b, at, size, ofB));
      if (found >= 0) {
        return at + found;
      }
    }
    return a.byteSize() == b.byteSize() ? -1 : common;
  }

  private static MemorySegment piece(MemorySegment of, long at, long size, MemorySegment copy) {
    MemorySegment piece = of.asSlice(at, size);
    return piece.isMapped() ? copy.asSlice(0, size).copyFrom(piece) : piece;
  }
}
