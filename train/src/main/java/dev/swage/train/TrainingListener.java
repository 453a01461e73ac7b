package dev.swage.train;

/** Hears of a run's progress, on the training thread: what takes long here slows training. */
public interface TrainingListener {
  default void started(TrainingPlan plan) {}

  /** The run goes on from a checkpoint: after {@link #started}, before any step. */
  default void resumed(Checkpoint from) {}

  /** Something the user should know although the run goes on, in one line. */
  default void warning(String message) {}

  /**
   * A checkpoint is about to be written, after so many optimizer steps: what a listener writes
   * should be on disk no later.
   */
  default void checkpoint(long steps) {}

  default void step(StepRecord step) {}

  default void epoch(EpochRecord epoch) {}
}
