package dev.swage.files;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Files that are mapped to be read, and what is said when one of them becomes shorter meanwhile, or
 * when the disk has no room for what is written to mapped memory: Java then throws an {@link
 * InternalError} wherever the memory is touched, which names neither.
 */
public final class MappedFile {
  private static final String UNKNOWN =
      "memory of a mapped file could not be reached: a file was cut off while it was read, or the"
          + " disk is full";

  /** The size of each when it was mapped. */
  private static final Map<Path, Long> SIZES = new ConcurrentHashMap<>();

  private MappedFile() {}

  /**
   * Maps a whole file.
   *
   * @throws IOException if it cannot be read
   */
  public static MemorySegment read(Path file, Arena arena) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      SIZES.put(file.toAbsolutePath(), size);
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
    }
  }

  /**
   * What a failure says of a mapped file, in a line; empty where it is another failure.
   *
   * @param failure an {@link InternalError} of mapped memory, or what has one as its cause
   */
  public static Optional<String> explain(Throwable failure) {
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof InternalError && String.valueOf(cause.getMessage()).contains("fault")) {
        return Optional.of(shortened().orElse(UNKNOWN));
      }
    }
    return Optional.empty();
  }

  private static Optional<String> shortened() {
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
