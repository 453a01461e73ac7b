package dev.swage.clip;

/**
 * Decides what clipping does to one step's gradients. A clipper only reads the gradients; the
 * optimizer applies the decision in its own pass over memory. {@link Clip} makes clippers.
 *
 * <p>A clipper may remember earlier steps: one run has one clipper, used by one thread at a time.
 */
public interface GradientClipper {
  /**
   * The decision for one optimizer step.
   *
   * @param gradients the step's accumulated gradients
   * @param step number of this optimizer step, from 0
   */
  ClipDecision decide(Gradients gradients, long step);

  /**
   * This clipper under another policy for gradients with NaN or infinite elements. A clipper that
   * already has a policy gets this one instead.
   */
  default GradientClipper onNonFinite(NonFinitePolicy policy) {
    return new NonFiniteGuard(this, policy);
  }
}
