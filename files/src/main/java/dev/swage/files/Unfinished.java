package dev.swage.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What this process has begun to write and not finished: temporary files, working folders, locks.
 * All of it goes when the process ends, also by a signal. What a killed process leaves is removed
 * by the next one that writes in the same folder ({@link Leftovers}).
 */
public final class Unfinished {
  private static final int ATTEMPTS = 5;
  private static final long PATIENCE_MILLIS = 500;
  private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

  /** Whoever makes or moves a file reads; the end of the process writes, and never lets go. */
  private static final ReentrantReadWriteLock GATE = new ReentrantReadWriteLock();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(Unfinished::removeForEnd, "swage-unfinished"));
  }

  private static volatile boolean ending;

  private Unfinished() {}

  /** Whether everything was removed for the end of the process, and nobody can write any more. */
  public static boolean isEnding() {
    return ending;
  }

  /** Whether a file is this process's own: nobody else knows of it yet. */
  public static boolean holds(Path file) {
    for (@Nullable Path path = file.toAbsolutePath(); path != null; path = path.getParent()) {
      if (OPEN.contains(path)) {
        return true;
      }
    }
    return false;
  }

  /** What makes, moves or removes a file. */
  @FunctionalInterface
  interface Change<T> {
    T make() throws IOException;
  }

  /** Makes a change, or waits for ever where the process is ending. */
  static <T> T guarded(Change<T> change) throws IOException {
    GATE.readLock().lock();
    try {
      return change.make();
    } finally {
      GATE.readLock().unlock();
    }
  }

  static void add(Path path) {
    OPEN.add(path);
  }

  static void remove(Path path) {
    OPEN.remove(path);
  }

  /**
   * Removes everything, for a process that is about to end; whoever is writing then waits for that
   * end, so that nothing new appears and nobody complains of what is gone.
   */
  public static void removeForEnd() {
    try {
      // Not for ever: a slow disk may hold somebody up. What is left then, the next run removes.
      ending = GATE.writeLock().tryLock(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    OPEN.forEach(Unfinished::removeQuietly);
  }

  /** While others may still be writing there. */
  private static void removeQuietly(Path path) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        delete(path);
        return;
      } catch (IOException | UncheckedIOException e) {
        // Whoever was writing there has moved or removed it, or will have written it next time.
      }
    }
  }

  /** Deletes a file, or a folder with all that is in it; links are not followed. */
  static void delete(Path path) throws IOException {
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      Files.deleteIfExists(path);
      return;
    }
    List<Path> all;
    try (Stream<Path> walk = Files.walk(path)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    for (Path each : all) {
      Files.deleteIfExists(each);
    }
  }
}
