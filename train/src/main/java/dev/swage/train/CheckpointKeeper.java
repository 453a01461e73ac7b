package dev.swage.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swage.train.checkpoint.CheckpointException;
import dev.swage.train.checkpoint.CheckpointWriter;
import dev.swage.train.checkpoint.Snapshot;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Writes a run's checkpoints when its policy says so. The state is copied on the training thread;
 * another thread brings it to disk while training goes on.
 */
final class CheckpointKeeper implements AutoCloseable {
  private final CheckpointPolicy policy;
  private final TrainingState state;
  private final Map<String, String> settings;
  private final Map<String, String> labels;
  private final List<TrainingListener> listeners;
  private final CheckpointWriter writer;
  private Position written = new Position(-1, 0, false);

  /** What tells two checkpoints of a run apart. */
  private record Position(long step, int epoch, boolean finished) {}

  CheckpointKeeper(
      CheckpointPolicy policy, TrainingState state, Trainer trainer, Map<String, String> settings) {
    this.policy = policy;
    this.state = state;
    this.settings = settings;
    this.labels = new LinkedHashMap<>(trainer.labels);
    this.listeners = List.copyOf(trainer.listeners);
    this.writer = guarded(() -> new CheckpointWriter(policy.folder(), policy.keep()));
  }

  void afterStep(Progress progress) {
    if (progress.step % policy.everySteps() == 0) {
      write(progress, false);
    }
  }

  void afterEpoch(Progress progress) {
    if (policy.eachEpoch()) {
      write(progress, false);
    }
  }

  /** Writes a last checkpoint and waits until it is on disk. */
  Path last(Progress progress, boolean finished) {
    write(progress, finished);
    Optional<Path> path = guarded(writer::await);
    return path.orElseThrow();
  }

  private void write(Progress progress, boolean finished) {
    Position position = new Position(progress.step, progress.epoch, finished);
    if (position.equals(written)) {
      return;
    }
    written = position;
    listeners.forEach(listener -> listener.checkpoint(progress.step));
    ObjectNode manifest = Snapshot.manifest(progress.step);
    manifest.put("finished", finished);
    Snapshot snapshot = state.capture(progress, manifest);
    Manifest.put(manifest, "settings", settings);
    Manifest.put(manifest, "runtime", Settings.runtime());
    Manifest.put(manifest, "labels", labels);
    guarded(() -> {
      writer.write(snapshot);
      return snapshot;
    });
  }

  private static <T> T guarded(Supplier<T> action) {
    try {
      return action.get();
    } catch (CheckpointException e) {
      throw new TrainingException(String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public void close() {
    writer.close();
  }
}
