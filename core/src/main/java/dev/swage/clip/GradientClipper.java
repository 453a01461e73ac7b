package dev.swage.clip;

import java.util.List;
import java.util.Map;

/**
 * Decides what clipping does to one step's gradients. A clipper only reads the gradients; the
 * optimizer applies the decision in its own pass over memory. {@link Clip} makes clippers.
 *
 * <p>A clipper may remember earlier steps: one run has one clipper, used by one thread at a time.
 * It learns only from steps that are taken and from norms that are finite.
 */
public interface GradientClipper {
  /**
   * The decision for one optimizer step.
   *
   * @param gradients the step's accumulated gradients
   * @param step its number and learning rate
   */
  ClipDecision decide(Gradients gradients, ClipStep step);

  /** Method and settings in words, for provenance and reports. */
  String describe();

  /**
   * The gradients with all that {@link #decide} needs to know of them, in one read of their memory;
   * whoever looks at them first may call this to spare the clipper a read of its own.
   */
  default Gradients read(Gradients gradients) {
    return gradients.measured();
  }

  /**
   * Complains, before the first step, about what could not be clipped.
   *
   * @param parameters in the order of the gradients to come
   * @param secondMoments whether the optimizer keeps a running mean of squared gradients
   * @throws IllegalArgumentException with one line that says what and the way out
   */
  default void check(List<ParameterInfo> parameters, boolean secondMoments) {}

  /**
   * What the clipper remembers, as copies; empty if that is nothing. Keys are the same at every
   * step; those of a clipper inside another begin with its place there and {@code /}.
   */
  default Map<String, double[]> state() {
    return Map.of();
  }

  /**
   * Remembers exactly what {@link #state} gave: decisions from here on are the same bits.
   *
   * @throws IllegalArgumentException if it is the state of another clipper; names the key
   */
  default void restore(Map<String, double[]> state) {
    ClipState.of(state, describe()).expect();
  }

  /** Forgets all steps, as before the first one. */
  default void reset() {}

  /**
   * This clipper under another policy for gradients with NaN or infinite elements. A clipper that
   * already has a policy gets this one instead.
   */
  default GradientClipper onNonFinite(NonFinitePolicy policy) {
    return new NonFiniteGuard(this, policy);
  }
}
