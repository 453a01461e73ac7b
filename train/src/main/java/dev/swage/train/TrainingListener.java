package dev.swage.train;

import dev.swage.onnx.OnnxModel;
import java.util.function.Supplier;

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

  /**
   * The epoch is the best so far by the rule of early stopping: before {@link #epoch}, and never
   * without such a rule.
   *
   * @param model what the run would give now; may be asked later, and on any thread
   */
  default void improved(EpochRecord epoch, Supplier<OnnxModel> model) {}
}
