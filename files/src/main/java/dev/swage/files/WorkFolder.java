package dev.swage.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A folder for files that are needed on the way. It goes when it is closed, and at the end of the
 * process; one whose process was killed goes when the next process makes one beside it.
 */
public final class WorkFolder implements AutoCloseable {
  private final Path path;
  private boolean moved;

  private WorkFolder(Path path) {
    this.path = path;
  }

  /**
   * Makes a folder that only this user can read, where the system has such a thing.
   *
   * @param parent a folder that exists
   * @throws IOException if it cannot be made
   */
  public static WorkFolder in(Path parent) throws IOException {
    boolean posix = parent.getFileSystem().supportedFileAttributeViews().contains("posix");
    return posix
        ? make(
            parent,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")))
        : make(parent);
  }

  /** The same in the system's folder for temporary files. */
  public static WorkFolder temporary() throws IOException {
    return in(Path.of(System.getProperty("java.io.tmpdir")));
  }

  /** Makes a folder that is to be a result: whoever may see the user's other files can see it. */
  public static WorkFolder ofResult(Path parent) throws IOException {
    return make(parent);
  }

  /**
   * Takes a folder that is to go: it has no name of its own from then on, however far that comes.
   */
  public static WorkFolder taking(Path old) throws IOException {
    Path path = name(old.toAbsolutePath().resolveSibling(""));
    return Unfinished.guarded(() -> {
      Files.move(old, path, StandardCopyOption.ATOMIC_MOVE);
      Unfinished.add(path);
      return new WorkFolder(path);
    });
  }

  private static WorkFolder make(Path parent, FileAttribute<?>... attributes) throws IOException {
    Path path = name(parent.toAbsolutePath());
    Unfinished.guarded(() -> {
      Unfinished.add(path);
      return Files.createDirectory(path, attributes);
    });
    Leftovers.removeBeside(path);
    return new WorkFolder(path);
  }

  private static Path name(Path parent) {
    return parent.resolve(Leftovers.PREFIX + Owner.tag());
  }

  /** Renames it within its parent, when all files in it are synced, and makes that durable. */
  public void moveTo(Path target) throws IOException {
    Unfinished.guarded(() -> Files.move(path, target, StandardCopyOption.ATOMIC_MOVE));
    Unfinished.remove(path);
    moved = true;
    AtomicFile.syncFolder(target.toAbsolutePath().getParent());
  }

  /** The folder, absolute. */
  public Path path() {
    return path;
  }

  /** Removes it with all that is in it, unless it was moved. */
  @Override
  public void close() throws IOException {
    if (moved) {
      return;
    }
    Unfinished.guarded(() -> {
      Unfinished.delete(path);
      Unfinished.remove(path);
      return path;
    });
  }
}
