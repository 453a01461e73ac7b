package dev.swage.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swage.tensor.Tensor;
import dev.swage.train.checkpoint.CheckpointFolder;
import dev.swage.train.checkpoint.Snapshot;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A run's whole state after some step, read from disk and held against its checksums: what {@link
 * Trainer#resume} goes on from, to the same bits. {@code docs/checkpoints.md} describes the files.
 */
public final class Checkpoint {
  private final Path path;
  private final Snapshot snapshot;

  private Checkpoint(CheckpointFolder.Loaded loaded) {
    this.path = loaded.path();
    this.snapshot = loaded.snapshot();
  }

  /**
   * What a folder of checkpoints holds.
   *
   * @param checkpoint the newest one that is whole; empty when there is none
   * @param damaged what is wrong with each newer one, a line that names the file
   */
  public record Found(Optional<Checkpoint> checkpoint, List<String> damaged) {
    public Found {
      damaged = List.copyOf(damaged);
    }
  }

  /** Looks for the newest whole checkpoint; a folder that does not exist holds none. */
  public static Found newest(Path folder) {
    CheckpointFolder.Found found = new CheckpointFolder(folder).newest();
    return new Found(found.checkpoint().map(Checkpoint::new), found.damaged());
  }

  /** The checkpoint's own folder. */
  public Path path() {
    return path;
  }

  /** Optimizer steps done. */
  public long step() {
    return snapshot.step();
  }

  /** Epochs completed, with their validation. */
  public int epochs() {
    return Math.toIntExact(Manifest.integer(this, "epoch", 1, Integer.MAX_VALUE)) - 1;
  }

  /** Whether the run had come to its end. */
  public boolean finished() {
    return manifest().path("finished").asBoolean();
  }

  /** What {@link Trainer#label} gave the run that wrote it. */
  public Map<String, String> labels() {
    return Manifest.texts(this, "labels");
  }

  ObjectNode manifest() {
    return snapshot.manifest();
  }

  Map<String, Tensor> tensors() {
    return snapshot.tensors();
  }

  /** An error about what the checkpoint says; its bytes are as they were written. */
  TrainingException error(String message) {
    return new TrainingException(path + ": " + message);
  }
}
