package dev.swage.run.measure;

import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** Counts equal elements of tensors that are not floating point. */
final class Agreeing {
  private long count;
  private long equal;
  private boolean varies;
  private @Nullable MemorySegment first;

  /** Adds the first {@code elements} of two tensors of one type and shape. */
  void add(Tensor x, Tensor y, long elements) {
    int width = Math.max(1, x.dtype().bits() / Byte.SIZE);
    long bytes = x.dtype().bytes(elements);
    if (bytes == 0) {
      return;
    }
    MemorySegment a = x.data();
    MemorySegment b = y.data();
    if (first == null) {
      first = MemorySegment.ofArray(a.asSlice(0, width).toArray(ValueLayout.JAVA_BYTE));
    }
    for (long at = 0; at < bytes; at += width) {
      equal += same(a, at, b, at, width) ? 1 : 0;
      varies |= !same(a, at, first, 0, width);
    }
    count += bytes / width;
  }

  private static boolean same(MemorySegment a, long at, MemorySegment b, long from, int width) {
    return switch (width) {
      case 8 -> a.get(Tensor.LE_LONG, at) == b.get(Tensor.LE_LONG, from);
      case 4 -> a.get(Tensor.LE_INT, at) == b.get(Tensor.LE_INT, from);
      default -> MemorySegment.mismatch(a, at, at + width, b, from, from + width) < 0;
    };
  }

  long count() {
    return count;
  }

  /** Whether the reference and the candidate hold one and the same value only. */
  boolean isOneValue() {
    return !varies && equal == count;
  }

  double share() {
    return (double) equal / count;
  }
}
