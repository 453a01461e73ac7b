package dev.swage.train.checkpoint;

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
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("swage-checkpoint").factory());
  private Optional<Future<Path>> pending = Optional.empty();
  private Optional<Path> newest = Optional.empty();

  /**
   * @param keep how many checkpoints stay, the newest
   */
  public CheckpointWriter(Path folder, int keep) {
    this.folder = new CheckpointFolder(folder);
    this.keep = keep;
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
  }
}
