package dev.swage.files;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A file that appears whole or not at all: bytes go to a temporary file in the target's folder,
 * which is synced and then renamed over the target. Closing without {@link #commit} deletes it.
 */
public final class AtomicFile implements AutoCloseable {
  /** What fills the file. */
  @FunctionalInterface
  public interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  private final Path target;
  private final Path temporary;

  private AtomicFile(Path target, Path temporary) {
    this.target = target;
    this.temporary = temporary;
  }

  /**
   * Writes a whole file.
   *
   * @throws IOException if it cannot be written; the target is then as before
   */
  public static void write(Path path, Content content) throws IOException {
    try (AtomicFile file = prepare(path, content)) {
      file.commit();
    }
  }

  /** Writes and syncs the temporary file. */
  public static AtomicFile prepare(Path path, Content content) throws IOException {
    Path target = resolve(path);
    String suffix = Long.toString(ThreadLocalRandom.current().nextLong() >>> 1, 36);
    Path temporary = target.resolveSibling("." + target.getFileName() + "." + suffix + ".tmp");
    AtomicFile file = new AtomicFile(target, temporary);
    try {
      file.fill(content);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
    return file;
  }

  /**
   * Where a path leads, with a folder that exists: links are written through, not replaced.
   *
   * @throws FileSystemException if nothing can be written there
   */
  public static Path resolve(Path path) throws IOException {
    Path absolute = path.toAbsolutePath();
    Path target =
        Files.isSymbolicLink(absolute) && Files.exists(absolute) ? absolute.toRealPath() : absolute;
    requireWritable(path, target);
    return target;
  }

  /**
   * Fails where no file can be put.
   *
   * @param path as it was given
   * @param target where it leads, absolute
   * @throws FileSystemException saying what is there
   */
  public static void requireWritable(Path path, Path target) throws FileSystemException {
    if (target.getFileName() == null || Files.isDirectory(target)) {
      throw new FileSystemException(path.toString(), null, "it is a folder");
    }
    if (Files.exists(target) && !Files.isRegularFile(target)) {
      throw new FileSystemException(path.toString(), null, "it is no regular file");
    }
    Path folder = target.getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      throw new FileSystemException(path.toString(), null, "there is no folder " + folder);
    }
  }

  /** Whether two paths are one file, or would be. */
  public static boolean isSame(Path first, Path second) throws IOException {
    return first.toAbsolutePath().normalize().equals(second.toAbsolutePath().normalize())
        || (Files.exists(first) && Files.exists(second) && Files.isSameFile(first, second));
  }

  private void fill(Content content) throws IOException {
    try (FileChannel channel =
        FileChannel.open(temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      FileOutput out = new FileOutput(channel);
      content.writeTo(out);
      out.finish();
    }
  }

  public void commit() throws IOException {
    Files.move(
        temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    syncFolder(target);
  }

  /** Makes the rename durable where folders can be synced (not on Windows). */
  private static void syncFolder(Path file) throws IOException {
    Path folder = file.getParent();
    if (folder == null || System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("win")) {
      return;
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(temporary);
  }

  /** Why a file operation failed, without the path that file system exceptions repeat. */
  public static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException denied -> "permission denied";
      case NoSuchFileException missing -> "no such file or folder";
      case FileSystemException other when other.getReason() != null -> other.getReason();
      default -> String.valueOf(e.getMessage());
    };
  }
}
