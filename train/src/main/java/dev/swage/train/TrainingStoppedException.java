package dev.swage.train;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** A run ended before its last step because {@link TrainingControl#stop} was called. */
public final class TrainingStoppedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long step;
  private final transient Optional<Path> checkpoint;

  TrainingStoppedException(long step, long totalSteps, Optional<Path> checkpoint) {
    super(
        String.format(
            Locale.ROOT,
            "training was stopped after %d of %d steps; %s",
            step,
            totalSteps,
            checkpoint
                .map(path -> "its state is in " + path)
                .orElse("nothing was saved: no checkpoint policy is set")));
    this.step = step;
    this.checkpoint = checkpoint;
  }

  /** Optimizer steps done. */
  public long step() {
    return step;
  }

  /** The checkpoint to go on from; empty when the run writes none. */
  public Optional<Path> checkpoint() {
    return checkpoint;
  }
}
