package dev.swage.bench;

import dev.swage.kernel.Parallel;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;

/**
 * What this machine's memory carries: copies of one large block to another on all cores, in a few
 * ways, of which the fastest is the roof that other work is compared with. Bytes read and bytes
 * written both count.
 */
@SuppressWarnings("restricted") // memcpy is called with segments that bound the bytes it touches.
final class CopyBandwidth {
  private static final MethodHandle MEMCPY =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("memcpy"),
              FunctionDescriptor.of(
                  ValueLayout.ADDRESS,
                  ValueLayout.ADDRESS,
                  ValueLayout.ADDRESS,
                  ValueLayout.JAVA_LONG));

  private static final long PIECE = 4L << 20;
  private static final Copy MEMCPY_CALL = CopyBandwidth::memcpy;
  private static final Copy SEGMENT_COPY = (source, target) -> target.copyFrom(source);

  private final MemorySegment from;
  private final MemorySegment to;

  /** Two blocks of this size, touched so that no page fault is timed. */
  CopyBandwidth(Arena arena, long bytes) {
    from = arena.allocate(bytes, 4096).fill((byte) 1);
    to = arena.allocate(bytes, 4096).fill((byte) 2);
  }

  /** The ways of copying, to be measured beside the work they bound. */
  List<Contender> contenders() {
    long share = Math.ceilDiv(from.byteSize(), (long) Runtime.getRuntime().availableProcessors());
    return List.of(
        // The C library writes past the caches when one call copies much.
        Contender.timed("copy: memcpy, one for each core", () -> pieces(share, MEMCPY_CALL)),
        Contender.timed("copy: memcpy in pieces", () -> pieces(PIECE, MEMCPY_CALL)),
        Contender.timed("copy: MemorySegment.copy in pieces", () -> pieces(PIECE, SEGMENT_COPY)));
  }

  /** Bytes read and written by one copy. */
  long bytesMoved() {
    return 2 * from.byteSize();
  }

  private void pieces(long size, Copy copy) {
    int count = Math.toIntExact(Math.ceilDiv(from.byteSize(), size));
    Parallel.forEach(
        count,
        piece -> {
          long start = piece * size;
          long length = Math.min(size, from.byteSize() - start);
          copy.apply(from.asSlice(start, length), to.asSlice(start, length));
        });
  }

  private interface Copy {
    void apply(MemorySegment source, MemorySegment target);
  }

  private static void memcpy(MemorySegment source, MemorySegment target) {
    try {
      MemorySegment returned =
          (MemorySegment) MEMCPY.invokeExact(target, source, source.byteSize());
      if (returned.address() != target.address()) {
        throw new IllegalStateException("memcpy returned another address than its target");
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("memcpy failed", e);
    }
  }
}
