package dev.swage.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keeps a second process out of what one process works on. The system holds the lock for as long as
 * the process lives and frees it however that ends; the file is only its name, and is removed at
 * the end.
 */
public final class RunLock implements AutoCloseable {
  private static final int LONGEST = 256;
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

  static RunLock take(Path path) throws IOException {
    while (true) {
      Optional<RunLock> lock = Unfinished.guarded(() -> attempt(path));
      if (lock.isPresent()) {
        return lock.get();
      }
    }
  }

  /** Empty when the file was removed, by who had the lock before, in between. */
  private static Optional<RunLock> attempt(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      if (!isFree(channel)) {
        throw new RunLockedException(holder(file));
      }
      String name = "process %d %s".formatted(ProcessHandle.current().pid(), Owner.tag());
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(name.getBytes(StandardCharsets.US_ASCII)));
      if (!name.equals(text(file))) {
        channel.close(); // The name leads to another file by now, or to none.
        return Optional.empty();
      }
      Unfinished.add(file);
      return Optional.of(new RunLock(file, channel));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
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

  private static String holder(Path file) throws IOException {
    Matcher name = NAME.matcher(text(file));
    return name.lookingAt() ? name.group() : "another process";
  }

  private static String text(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(LONGEST), StandardCharsets.US_ASCII);
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  /** Removes the file, then frees the lock. */
  @Override
  public void close() throws IOException {
    Unfinished.guarded(() -> {
      Files.deleteIfExists(file);
      Unfinished.remove(file);
      channel.close();
      return file;
    });
  }
}
