package dev.swage.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keeps a second process out of what one process works on. The system holds the lock for as long as
 * the process lives and frees it however that ends; the file is only its name, and is removed at
 * the end.
 */
public final class RunLock implements AutoCloseable {
  private static final int LONGEST = 256;
  private static final long MOST_MARK = 1 << 20;

  /** Those of this process. */
  private static final Set<Path> HELD = new HashSet<>();

  private static final Pattern NAME = Pattern.compile("process \\d{1,10}");

  private final Path file;
  private final FileChannel channel;

  private RunLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Takes the lock of a name in a folder, and removes what killed runs left there.
   *
   * @param folder one that exists
   * @param name what is worked on in it
   * @throws RunLockedException if another run has it
   * @throws IOException if the file cannot be made
   */
  public static RunLock take(Path folder, String name) throws IOException {
    RunLock lock = take(folder.toAbsolutePath().resolve(Leftovers.PREFIX + name + Leftovers.LOCK));
    Leftovers.removeBeside(lock.file);
    return lock;
  }

  static RunLock take(Path file) throws IOException {
    Path path = file.resolveSibling("").toRealPath().resolve(String.valueOf(file.getFileName()));
    while (true) {
      Optional<RunLock> lock = Unfinished.guarded(() -> attempt(path));
      if (lock.isPresent()) {
        return lock.get();
      }
    }
  }

  /**
   * Empty when the file was removed, by who had the lock before, in between.
   *
   * <p>Of a file that this process has locked nothing may be opened: when that is closed, POSIX
   * systems free the lock.
   */
  private static Optional<RunLock> attempt(Path file) throws IOException {
    synchronized (HELD) {
      if (HELD.contains(file)) {
        throw new RunLockedException("process " + ProcessHandle.current().pid());
      }
      FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      try {
        if (!isFree(channel)) {
          throw new RunLockedException(holder(channel));
        }
        if (!isStill(file, channel)) {
          channel.close();
          return Optional.empty();
        }
        HELD.add(file);
        Unfinished.add(file);
        return Optional.of(new RunLock(file, channel));
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    }
  }

  /**
   * Whether the name still leads to the file that was opened: what is done to the one shows in the
   * size of the other.
   */
  private static boolean isStill(Path file, FileChannel channel) throws IOException {
    byte[] name =
        ("process " + ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
    long size = name.length + ThreadLocalRandom.current().nextLong(1, MOST_MARK);
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(new byte[1]), size - 1);
    channel.write(ByteBuffer.wrap(name), 0);
    try {
      boolean same = Files.size(file) == size;
      channel.truncate(name.length);
      return same;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** A file system without locks keeps nobody out. */
  private static boolean isFree(FileChannel channel) {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // A run of this process has it.
    } catch (IOException e) {
      return true;
    }
  }

  private static String holder(FileChannel channel) throws IOException {
    ByteBuffer text = ByteBuffer.allocate(LONGEST);
    int length = Math.max(0, channel.read(text, 0));
    Matcher name = NAME.matcher(new String(text.array(), 0, length, StandardCharsets.US_ASCII));
    return name.lookingAt() ? name.group() : "another process";
  }

  /** Removes the file, then frees the lock. */
  @Override
  public void close() throws IOException {
    Unfinished.guarded(() -> {
      synchronized (HELD) {
        Files.deleteIfExists(file);
        Unfinished.remove(file);
        HELD.remove(file);
        channel.close();
        return file;
      }
    });
  }
}
