package dev.swage.compress;

import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
final class CodeMemory implements AutoCloseable {
  /** What the heap takes by default. */
  static final long HEAP_BYTES = 64L << 20;

  /** Tensors below this stay on the heap: a mapping each would cost more than they do. */
  private static final long SMALL = 1 << 16;

  private static final long PAGE = 4096;

  private final Optional<Path> folder;
  private long heapLeft;
  private @Nullable FileChannel file;
  private long end;

  private CodeMemory(Optional<Path> folder, long heapBytes) {
    this.folder = folder;
    this.heapLeft = heapBytes;
  }

  /** The heap alone. */
  static CodeMemory heap() {
    return new CodeMemory(Optional.empty(), Long.MAX_VALUE);
  }

  /** The heap for about {@code heapBytes}, then a file in this folder. */
  static CodeMemory in(Path folder, long heapBytes) {
    return new CodeMemory(Optional.of(folder), heapBytes);
  }

  /**
   * Zeroed memory, aligned for every element type.
   *
   * @throws CompressException if the disk has no room for it
   */
  MemorySegment allocate(long bytes) {
    if (folder.isEmpty() || bytes < SMALL || bytes <= heapLeft) {
      heapLeft -= bytes;
      return HeapMemory.allocate(bytes);
    }
    try {
      return map(folder.get(), bytes);
    } catch (IOException e) {
      throw new CompressException(
          "%s: no file for codes can be made: %s".formatted(folder.get(), e.getMessage()), e);
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
    // Writing to a mapped page that the disk has no room for would end the process.
    long usable = Files.getFileStore(where).getUsableSpace();
    if (usable < bytes) {
      throw new CompressException(
          "%s: the codes of a weight need %d bytes there until they are written, %d are free"
              .formatted(where.getParent(), bytes, usable));
    }
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
    return file.map(FileChannel.MapMode.READ_WRITE, at, bytes, Arena.ofAuto());
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}
