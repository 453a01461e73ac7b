package dev.swage.train;

import dev.swage.clip.ClipDecision;
import dev.swage.clip.Gradients;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * An update rule. The optimizer is a value (its hyper-parameters); {@link #start} makes the state
 * for one training run.
 */
public interface Optimizer {
  /** The rule and its hyper-parameters in words, for provenance and reports. */
  String describe();

  /** The base learning rate, before any schedule. */
  double learningRate();

  /** Whether the state holds a running mean of squared gradients, as Adam's does. */
  default boolean secondMoments() {
    return false;
  }

  /** Fresh state for these parameters; the caller closes it. */
  Stepper start(List<Parameter> parameters);

  /** The state of an optimizer for one run, and the pass that applies it. Not thread-safe. */
  interface Stepper extends AutoCloseable {
    /**
     * Applies the clip decision, weight decay and the update in one pass over the memory of
     * parameters, gradients and state. Gradients are not changed. {@link ClipDecision.Skip} changes
     * nothing at all, not even the step count.
     *
     * @param gradients in the order of the parameters given to {@link #start}
     * @param learningRate this step's rate
     */
    void step(Gradients gradients, ClipDecision decision, double learningRate);

    /**
     * As {@link #step}, to the same bits, and tells ‖Δw‖ / ‖w‖: the L2 norm of what all parameters
     * moved by over theirs before the step. Costs more than a step: not for every one.
     *
     * @return empty where the step was not taken, all parameters were 0, or the optimizer cannot
     *     tell
     */
    default OptionalDouble stepAndMeasure(
        Gradients gradients, ClipDecision decision, double learningRate) {
      step(gradients, decision, learningRate);
      return OptionalDouble.empty();
    }

    /**
     * From the next step on, limits every parameter to [−limit, limit] after its update, in the
     * same pass.
     *
     * @param limits > 0, in the order of the parameters; +∞ for no limit; not copied
     * @throws UnsupportedOperationException by an optimizer that cannot
     */
    default void limitParameters(float... limits) {
      throw new UnsupportedOperationException(
          "this optimizer cannot limit weights: use a penalty instead of a weight clip");
    }

    /** State tensors by name, as {@code "exp_avg/dense1.weight"}, live views for checkpoints. */
    Map<String, MemorySegment> state();

    @Override
    void close();
  }
}
