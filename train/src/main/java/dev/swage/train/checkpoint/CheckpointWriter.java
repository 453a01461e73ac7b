package dev.swage.train.checkpoint;

import dev.swage.files.AtomicFile;
import dev.swage.files.RunLock;
import dev.swage.files.RunLockedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Writes checkpoints on a thread of its own, one at a time: who brings the next one waits until the
 * last one is on disk. A write that failed is reported to the next call.
 */
public final class CheckpointWriter implements AutoCloseable {
  private final CheckpointFolder folder;
  private final int keep;
  private final RunLock lock;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("swage-checkpoint").factory());
  private Optional<Future<Path>> pending = Optional.empty();
  private Optional<Path> newest = Optional.empty();

  /**
   * Nobody else writes to the folder until this is closed.
   *
   * @param keep how many checkpoints stay, the newest
   * @throws CheckpointException if another run writes there, or nobody can
   */
  public CheckpointWriter(Path folder, int keep) {
    this.lock = lock(folder);
    this.folder = new CheckpointFolder(folder);
    this.keep = keep;
  }

  private static RunLock lock(Path folder) {
    try {
      if (!Files.isDirectory(folder)) {
        Files.createDirectories(folder);
      }
      return RunLock.take(folder, "run");
    } catch (RunLockedException e) {
      throw new CheckpointException(
          "%s: another run writes its checkpoints there (%s); choose another folder"
              .formatted(folder, e.getMessage()),
          e);
    } catch (IOException e) {
      throw new CheckpointException(
          "%s: checkpoints cannot be written: %s".formatted(folder, AtomicFile.reason(e)), e);
    }
  }

  /** Hands over a checkpoint to write. */
  public void write(Snapshot snapshot) {
    await();
    pending = Optional.of(thread.submit(() -> folder.write(snapshot, keep)));
  }

  /** Waits until what was handed over is on disk; the newest checkpoint, if there is any. */
  public Optional<Path> await() {
    Optional<Future<Path>> writing = pending;
    pending = Optional.empty();
    try {
      if (writing.isPresent()) {
        newest = Optional.of(writing.get().get());
      }
      return newest;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CheckpointException("interrupted while a checkpoint was written", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new CheckpointException("a checkpoint cannot be written: " + e.getCause(), e);
    }
  }

  /** Lets a write under way come to its end. */
  @Override
  public void close() {
    thread.close();
    try {
      lock.close();
    } catch (IOException e) {
      throw new CheckpointException("%s".formatted(AtomicFile.reason(e)), e);
    }
  }
}
