package dev.swage.train;

/** Hears of a run's progress, on the training thread: what takes long here slows training. */
public interface TrainingListener {
  default void started(TrainingPlan plan) {}

  default void step(StepRecord step) {}

  default void epoch(EpochRecord epoch) {}
}
