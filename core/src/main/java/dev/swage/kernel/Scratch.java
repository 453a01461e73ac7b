package dev.swage.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Gradients as their edits leave them, a chunk at a time in memory of the thread's own that stays
 * in cache: so that kernels that know nothing of an edit still read the gradient once.
 */
final class Scratch {
  private static final boolean VECTORS = Simd.available();

  /** Native like the gradients, so that kernels see one kind of segment. */
  private static final ThreadLocal<MemorySegment> MEMORY =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate((long) Chunks.SIZE * Float.BYTES, 64));

  /** Another place, for what must outlive an edit. */
  private static final ThreadLocal<MemorySegment> COPY =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate((long) Chunks.SIZE * Float.BYTES, 64));

  private Scratch() {}

  /** A copy of at most a chunk in this thread's own memory, until its next call. */
  static MemorySegment copy(MemorySegment x) {
    return COPY.get().asSlice(0, x.byteSize()).copyFrom(x);
  }

  /**
   * Elements {@code first} … {@code first + count − 1} after the edit: the tensor's own memory
   * where it changes nothing, else this thread's, until its next call.
   */
  static MemorySegment edited(MemorySegment tensor, GradientEdit edit, long first, int count) {
    MemorySegment slice = tensor.asSlice(first * Float.BYTES, (long) count * Float.BYTES);
    if (edit.equals(GradientEdit.NONE)) {
      return slice;
    }
    MemorySegment scratch = MEMORY.get().asSlice(0, (long) count * Float.BYTES);
    if (edit instanceof GradientEdit.PerUnit units) {
      scale(units, slice, scratch, first, count);
    } else {
      scratch.copyFrom(slice);
      apply(edit, scratch, first, count);
    }
    return scratch;
  }

  /** Edits in place a part of a tensor that begins with its element {@code first}. */
  static void apply(GradientEdit edit, MemorySegment x, long first, int count) {
    switch (edit) {
      case GradientEdit.Elementwise e -> {
        if (VECTORS) {
          VectorUpdates.edit(e, x, 0, count);
        } else {
          ScalarUpdates.edit(e, x, 0, count);
        }
      }
      case GradientEdit.PerUnit units -> scale(units, x, x, first, count);
      case GradientEdit.Sequence sequence ->
          sequence.stages().forEach(stage -> apply(stage, x, first, count));
      case GradientEdit.LimitSpikes _ ->
          throw new IllegalArgumentException(
              "limiting spikes needs Adam's second moment: it happens in its update only");
    }
  }

  private static void scale(
      GradientEdit.PerUnit units, MemorySegment from, MemorySegment to, long first, int count) {
    if (VECTORS) {
      VectorUnits.scale(units, from, to, first, count);
    } else {
      ScalarUnits.scale(units, from, to, first, count);
    }
  }
}
