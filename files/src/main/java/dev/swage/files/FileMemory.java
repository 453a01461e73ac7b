package dev.swage.files;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Files in memory. Those of up to 256 MiB are read: a file that becomes shorter meanwhile is an
 * error. Larger ones are mapped, and what is said when one of those becomes shorter is found here:
 * Java throws an {@link InternalError} that names no file where such memory is touched. Vectors and
 * native code that touch it at that moment would end the process, and are given copies ({@code
 * MappedMemory}, {@code CopyingKernels}).
 */
public final class FileMemory {
  /** Tests make small files mapped ones. */
  private static final long LARGEST_READ = Long.getLong("swage.largest-read", 256L << 20);

  /** That of mapped memory, on which kernels rely. */
  private static final long ALIGNMENT = 4096;

  private static final String UNKNOWN =
      "memory of a mapped file could not be reached: a file was cut off while it was read, or the"
          + " disk is full";

  /** The size of each when it was mapped. */
  private static final Map<Path, Long> SIZES = new ConcurrentHashMap<>();

  private FileMemory() {}

  /**
   * The bytes of a whole file, not to be written to.
   *
   * @throws IOException if it cannot be read, or becomes shorter while it is
   */
  public static MemorySegment read(Path file, Arena arena) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size > 0 && size <= LARGEST_READ) {
        return readAll(file, channel, arena.allocate(size, ALIGNMENT));
      }
      return map(file, channel, arena);
    }
  }

  /**
   * As {@link #read}, mapped whatever the size: for who looks at a few bytes of it, and not with
   * kernels or native code.
   *
   * @throws IOException if it cannot be mapped
   */
  public static MemorySegment map(Path file, Arena arena) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return map(file, channel, arena);
    }
  }

  private static MemorySegment map(Path file, FileChannel channel, Arena arena) throws IOException {
    long size = channel.size();
    SIZES.put(file.toAbsolutePath(), size);
    return channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
  }

  private static MemorySegment readAll(Path file, FileChannel channel, MemorySegment memory)
      throws IOException {
    ByteBuffer rest = memory.asByteBuffer();
    while (rest.hasRemaining()) {
      if (channel.read(rest) < 0) {
        throw new FileSystemException(
            file.toString(),
            null,
            "it was cut off while it was read, from %d to %d bytes"
                .formatted(memory.byteSize(), channel.size()));
      }
    }
    return memory.asReadOnly();
  }

  /**
   * What a failure says of a mapped file, in a line; empty where it is another failure.
   *
   * @param failure an {@link InternalError} of mapped memory, or what has one as its cause
   */
  public static Optional<String> explain(Throwable failure) {
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof InternalError
          && String.valueOf(cause.getMessage()).contains("unsafe memory access")) {
        return Optional.of(shortened().orElse(UNKNOWN));
      }
    }
    return Optional.empty();
  }

  /** Names a file that is shorter than when it was mapped; empty where none is. */
  static Optional<String> shortened() {
    for (Map.Entry<Path, Long> mapped : SIZES.entrySet()) {
      try {
        long size = Files.size(mapped.getKey());
        if (size < mapped.getValue()) {
          return Optional.of(
              "%s: was cut off while it was read, from %d to %d bytes"
                  .formatted(mapped.getKey(), mapped.getValue(), size));
        }
      } catch (IOException e) {
        // It was removed, which does no harm to who has it mapped.
      }
    }
    return Optional.empty();
  }
}
