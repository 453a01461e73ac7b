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
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

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

  private static final Pattern DESCRIPTOR =
      Pattern.compile("/dev/(?:fd/\\d+|stdin|stdout|stderr)|/proc/(?:self|\\d+)/fd/\\d+");

  private final Path target;
  private final Path temporary;
  private boolean inPlace;

  private AtomicFile(Path target, Path temporary) {
    this.target = target;
    this.temporary = temporary;
  }

  /**
   * Writes a whole file; what a pipe or a device is given is not held back.
   *
   * @throws IOException if it cannot be written; the target is then as before
   */
  public static void write(Path path, Content content) throws IOException {
    if (isStream(path)) {
      // Nothing that is no file is ever replaced: a pipe or a device is written to.
      try (OutputStream out = Files.newOutputStream(path, StandardOpenOption.APPEND)) {
        content.writeTo(out);
      }
      return;
    }
    try (AtomicFile file = prepare(path, content)) {
      file.commit();
    }
  }

  /**
   * Whether a path leads to something that is written to, not replaced: a pipe, a device, or what a
   * process has open, as {@code /dev/fd/3}.
   */
  public static boolean isStream(Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    return DESCRIPTOR.matcher(absolute.toString()).matches()
        || (Files.exists(absolute)
            && !Files.isRegularFile(absolute)
            && !Files.isDirectory(absolute));
  }

  /** Writes and syncs the temporary file. */
  public static AtomicFile prepare(Path path, Content content) throws IOException {
    Path target = resolve(path);
    Path temporary = temporary(target);
    fill(temporary, content, Optional.empty());
    return new AtomicFile(target, temporary);
  }

  /**
   * Writes and syncs the temporary file of a file that is named by what it holds.
   *
   * @param beside a path in the folder of the target
   * @param name the target's name, from the {@link Fingerprint} of its bytes
   */
  public static AtomicFile prepareNamed(Path beside, Content content, UnaryOperator<String> name)
      throws IOException {
    Path temporary = temporary(beside);
    Fingerprint fingerprint = new Fingerprint();
    fill(temporary, content, Optional.of(fingerprint));
    return new AtomicFile(beside.resolveSibling(name.apply(fingerprint.digits())), temporary);
  }

  /**
   * A file that was written and synced elsewhere on the same disk. Closing without {@link #commit}
   * deletes it.
   *
   * @param target absolute
   */
  public static AtomicFile moving(Path written, Path target) {
    return new AtomicFile(target, written);
  }

  /** A name of its own, which says whose it is: two who write the same file do not meet. */
  private static Path temporary(Path target) {
    return target.resolveSibling(Leftovers.PREFIX + Owner.tag() + Leftovers.SUFFIX);
  }

  /** The path that the file has once it is in place. */
  public Path target() {
    return target;
  }

  /** Where its bytes are now. */
  public Path path() {
    return inPlace ? target : temporary;
  }

  /**
   * Where a path leads, with a folder that exists: links are written through, not replaced. A link
   * that leads nowhere is refused.
   *
   * @throws FileSystemException if nothing can be written there
   */
  public static Path resolve(Path path) throws IOException {
    Path absolute = path.toAbsolutePath();
    boolean link = Files.isSymbolicLink(absolute);
    if (link && !Files.exists(absolute)) {
      throw new FileSystemException(
          path.toString(),
          null,
          "it is a link to %s, which is not there".formatted(Files.readSymbolicLink(absolute)));
    }
    Path target = link ? absolute.toRealPath() : absolute;
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
    return place(first).equals(place(second))
        || (Files.exists(first) && Files.exists(second) && Files.isSameFile(first, second));
  }

  /** Where a path leads, in the real folder where that is there; absolute. */
  static Path place(Path path) throws IOException {
    Path absolute = path.toAbsolutePath();
    if (Files.exists(absolute)) {
      return isStream(absolute) ? absolute.normalize() : absolute.toRealPath();
    }
    Path folder = absolute.getParent();
    Path name = absolute.getFileName();
    return folder == null || name == null || !Files.isDirectory(folder)
        ? absolute.normalize()
        : folder.toRealPath().resolve(name).normalize();
  }

  /**
   * Writes and syncs a new file under its own name: one of several in a folder that is renamed when
   * all of them are there.
   */
  public static void writeNew(Path file, Content content) throws IOException {
    try (FileChannel channel = open(file)) {
      fill(channel, content, Optional.empty());
    }
  }

  private static void fill(Path temporary, Content content, Optional<Fingerprint> fingerprint)
      throws IOException {
    try (FileChannel channel = create(temporary)) {
      fill(channel, content, fingerprint);
    } catch (IOException | RuntimeException | Error e) {
      discard(temporary);
      throw e;
    }
  }

  private static void fill(FileChannel channel, Content content, Optional<Fingerprint> fingerprint)
      throws IOException {
    FileOutput out = new FileOutput(channel, fingerprint);
    content.writeTo(out);
    out.finish();
  }

  private static FileChannel create(Path temporary) throws IOException {
    FileChannel channel =
        Unfinished.guarded(() -> {
          Unfinished.add(temporary);
          return open(temporary);
        });
    Leftovers.removeBeside(temporary);
    return channel;
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
  }

  private static void discard(Path temporary) throws IOException {
    Unfinished.guarded(() -> Files.deleteIfExists(temporary));
    Unfinished.remove(temporary);
  }

  /** Renames the file to its target and syncs the folder. */
  public void commit() throws IOException {
    Unfinished.guarded(() ->
        Files.move(
            temporary,
            target,
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING));
    Unfinished.remove(temporary);
    inPlace = true;
    syncFolder(target.getParent());
  }

  /** Whether it was renamed to its target. */
  public boolean isInPlace() {
    return inPlace;
  }

  /** Makes names in a folder durable where folders can be synced (not on Windows). */
  public static void syncFolder(@Nullable Path folder) throws IOException {
    if (folder == null || System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("win")) {
      return;
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    if (!inPlace) {
      discard(temporary);
    }
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
