package dev.swage.compress.weights;

import dev.swage.compress.plan.CompressException;
import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where codes and scales are kept until they are written. The heap takes the first of them; what
 * would go beyond its share lies in a mapped file beside the output, which has no name from the
 * moment it is opened (on Windows: until it is closed), so that nothing is left of it whatever
 * happens.
 *
 * <p>Memory that was handed out stays valid as long as it is reachable, also after {@link #close}.
 */
public final class CodeMemory implements AutoCloseable {
  /** What the heap takes by default. */
  public static final long HEAP_BYTES = 64L << 20;

  /** Tensors below this stay on the heap: a mapping each would cost more than they do. */
  private static final long SMALL = 1 << 16;

  private static final long PAGE = 4096;
  private static final long ZEROS = 1 << 20;

  private final Optional<Path> folder;
  private final Path output;
  private final SegmentAllocator first;
  private long heapLeft;
  private @Nullable FileChannel file;
  private long end;

  /** Of the file, up to where everything was written to: what is behind takes no disk yet. */
  private long settled;

  private CodeMemory(Optional<Path> folder, Path output, long heapBytes, SegmentAllocator first) {
    this.folder = folder;
    this.output = output;
    this.heapLeft = heapBytes;
    this.first = first;
  }

  /** The heap alone. */
  public static CodeMemory heap() {
    return new CodeMemory(Optional.empty(), Path.of(""), Long.MAX_VALUE, CodeMemory::onHeap);
  }

  /**
   * Memory of an arena alone, for codes that are only measured. Kernels that saw native memory only
   * are compiled for that; codes on the heap in between made those of large files a third slower.
   */
  static CodeMemory scratch(Arena arena) {
    return new CodeMemory(Optional.empty(), Path.of(""), Long.MAX_VALUE, arena);
  }

  private static MemorySegment onHeap(long bytes, long alignment) {
    return HeapMemory.allocate(bytes);
  }

  /**
   * The heap for about {@code heapBytes}, then a file in this folder.
   *
   * @param output what it is for, as errors say
   */
  public static CodeMemory in(Path folder, Path output, long heapBytes) {
    return new CodeMemory(Optional.of(folder), output, heapBytes, CodeMemory::onHeap);
  }

  /**
   * Zeroed memory, aligned for every element type.
   *
   * @throws CompressException if the disk has no room for it
   */
  MemorySegment allocate(long bytes) {
    if (folder.isEmpty() || bytes < SMALL || bytes <= heapLeft) {
      heapLeft -= bytes;
      return first.allocate(bytes, Long.BYTES);
    }
    try {
      return map(folder.get(), bytes);
    } catch (IOException e) {
      throw CompressException.cannotWrite(output, e);
    }
  }

  /**
   * Where a tensor is to be.
   *
   * @param bytes its data, to be written
   * @param tensor which views them
   */
  record Place(MemorySegment bytes, Tensor tensor) {}

  /** A place for a tensor, of zeros until it is filled. */
  Place place(DType type, Shape shape) {
    MemorySegment bytes = allocate(type.bytes(shape.elements()));
    return new Place(bytes, Tensor.of(type, shape, bytes));
  }

  private MemorySegment map(Path where, long bytes) throws IOException {
    requireRoom(where, bytes);
    if (file == null) {
      file =
          FileChannel.open(
              where.resolve("codes"),
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
    }
    long at = end;
    end = Math.ceilDiv(at + bytes, PAGE) * PAGE;
    fill(file, at, bytes);
    return file.map(FileChannel.MapMode.READ_WRITE, at, bytes, Arena.ofAuto());
  }

  /**
   * Takes the disk's room before it is needed: writing to a mapped page that the disk has no room
   * for would end the process, and another process may fill the disk at any time.
   */
  private static void fill(FileChannel file, long from, long bytes) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(bytes, ZEROS));
    long end = from + bytes;
    for (long at = from; at < end; ) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), end - at));
      at += file.write(zeros, at);
    }
  }

  /** Fails early where it can, since what is asked for is written to the end. */
  private void requireRoom(Path where, long more) throws IOException {
    long needed = end - settled + more;
    long usable = Files.getFileStore(where).getUsableSpace();
    if (usable < needed) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "%,d bytes of disk are needed until it is, %,d are free",
              needed,
              usable));
    }
  }

  /**
   * Before something else of this size is written beside this memory's file while memory that was
   * handed out is filled.
   *
   * @throws IOException if the disk has no room for both
   */
  public void requireRoomBeside(long bytes) throws IOException {
    if (file != null && folder.isPresent()) {
      requireRoom(folder.get(), bytes);
    }
  }

  /** Once all that was handed out is filled. */
  public void settle() {
    settled = end;
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}
