package dev.swage.clip;

/**
 * Decides what clipping does to one step's gradients. A clipper only reads the gradients; the
 * optimizer applies the decision in its own pass over memory.
 */
public interface GradientClipper {
  /**
   * The decision for one optimizer step.
   *
   * @param gradients the step's accumulated gradients
   * @param step number of this optimizer step, from 0
   */
  ClipDecision decide(Gradients gradients, long step);
}
