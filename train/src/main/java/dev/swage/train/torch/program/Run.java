package dev.swage.train.torch.program;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/** What all graphs of one run share: the mode, random masks, and what autograd leaves to us. */
public final class Run {
  private final Mode mode;
  private final Dropout dropout;
  private final List<Runnable> deferred = new ArrayList<>();
  private final List<Runnable> last = new ArrayList<>();

  /** libtorch holds them weakly. */
  private final List<GradientHook> hooks = new ArrayList<>();

  /** How layers behave. */
  public enum Mode {
    EVALUATION,
    /** Dropout drops, batch norm uses the batch, gradients are wanted. */
    TRAINING,
    /** As in training, but batch norm uses its running statistics and leaves them. */
    TRAINING_WITH_FROZEN_STATISTICS;

    public static Mode of(boolean training, boolean frozenStatistics) {
      if (!training) {
        return EVALUATION;
      }
      return frozenStatistics ? TRAINING_WITH_FROZEN_STATISTICS : TRAINING;
    }
  }

  public Run(Mode mode, Dropout dropout) {
    this.mode = mode;
    this.dropout = dropout;
  }

  boolean training() {
    return mode != Mode.EVALUATION;
  }

  boolean learnsStatistics() {
    return mode == Mode.TRAINING;
  }

  Dropout dropout() {
    return dropout;
  }

  /** See {@link Call#deferBackward}. */
  void deferBackward(Runnable part) {
    deferred.add(part);
  }

  /** See {@link Call#withGradient}. */
  void hook(Tensor result, UnaryOperator<Tensor> backward) {
    GradientHook hook = new GradientHook(backward);
    hooks.add(hook);
    result.register_hook(hook);
  }

  /** See {@link Call#afterBackward}. */
  void afterBackward(Runnable part) {
    last.add(part);
  }

  /** What is to be done when the backward pass is over, last node first. */
  public List<Runnable> afterBackward() {
    return last.reversed();
  }

  /** The parts of the backward pass that autograd leaves to us, in the order they are to run. */
  public List<Runnable> deferredBackward() {
    return deferred.reversed();
  }
}
