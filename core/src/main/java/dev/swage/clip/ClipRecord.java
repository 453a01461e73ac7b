package dev.swage.clip;

import java.util.List;
import java.util.Optional;

/**
 * What happened to the gradients at one step.
 *
 * @param step the optimizer step, from 0
 * @param method the clipper in words, as {@code "global norm 2"}
 * @param scope what is clipped together: global, group, layer, tensor, unit or element
 * @param order p of the norm that is bounded, +∞ for the largest magnitude; 2 where the method
 *     bounds none
 * @param normBefore the norm before clipping; the largest of them where tensors or layers are
 *     clipped apart by one threshold; global L2 where the method has no norm of its own or each
 *     tensor or unit has a threshold of its own
 * @param threshold the threshold in force; where each tensor or unit has one of its own, the global
 *     L2 norm of gradients that all lie at theirs; +∞ when nothing clips
 * @param coefficient the (smallest) factor applied; 1 when nothing was clipped
 * @param normAfter the norm after clipping
 * @param clipped whether any gradient was changed
 * @param nonFinite number of NaN and infinite gradient elements
 * @param firstNonFinite name of the first parameter with such an element
 * @param topShares up to three parameters with the largest share of the squared norm, largest
 *     first; empty when the norm is 0 or not finite
 * @param stages of a chain or of groups, what each of them did, in order; else empty
 */
public record ClipRecord(
    long step,
    String method,
    String scope,
    double order,
    double normBefore,
    double threshold,
    double coefficient,
    double normAfter,
    boolean clipped,
    long nonFinite,
    Optional<String> firstNonFinite,
    List<Share> topShares,
    List<Stage> stages) {
  public ClipRecord {
    topShares = List.copyOf(topShares);
    stages = List.copyOf(stages);
  }

  /** A parameter's part in the squared global L2 norm, in [0, 1]. */
  public record Share(String parameter, double share) {}

  /**
   * A stage of a chain or a group, with the norm its own clipper looks at.
   *
   * @param name the group's name, or the stage's method in words
   * @param pre its norm before it clipped
   * @param post its norm afterwards
   * @param threshold in force for it; +∞ when nothing clips
   * @param coefficient the smallest factor it applied
   * @param clipped whether it changed any gradient
   */
  public record Stage(
      String name,
      double pre,
      double post,
      double threshold,
      double coefficient,
      boolean clipped) {}

  /** A record of the global L2 norm in which nothing was clipped and no threshold holds. */
  static ClipRecord of(ClipStep step, String method, GradientMeasure measure) {
    double norm = measure.norm();
    return new ClipRecord(
        step.number(),
        method,
        "global",
        2,
        norm,
        Double.POSITIVE_INFINITY,
        1,
        norm,
        false,
        measure.nonFinite(),
        measure.firstNonFinite().map(GradientMeasure.BadParameter::name),
        measure.topShares(),
        List.of());
  }

  /** This record under a threshold. */
  ClipRecord under(double newThreshold) {
    return changed(scope, order, normBefore, newThreshold, coefficient, normAfter, clipped);
  }

  /** This record with another norm before clipping. */
  ClipRecord of(String newScope, double newOrder, double norm) {
    return changed(newScope, newOrder, norm, threshold, coefficient, norm, clipped);
  }

  /** This record of a step at which clipping changed the gradients. */
  ClipRecord clippedTo(double newCoefficient, double newNormAfter) {
    return changed(scope, order, normBefore, threshold, newCoefficient, newNormAfter, true);
  }

  /** The same step, method and gradients with other figures of clipping. */
  private ClipRecord changed(
      String newScope,
      double newOrder,
      double newNormBefore,
      double newThreshold,
      double newCoefficient,
      double newNormAfter,
      boolean newClipped) {
    return new ClipRecord(
        step,
        method,
        newScope,
        newOrder,
        newNormBefore,
        newThreshold,
        newCoefficient,
        newNormAfter,
        newClipped,
        nonFinite,
        firstNonFinite,
        topShares,
        stages);
  }

  /** This record of a step at which these non-finite elements were counted as zero. */
  ClipRecord withZeroed(GradientMeasure measure) {
    return new ClipRecord(
        step,
        method,
        scope,
        order,
        normBefore,
        threshold,
        coefficient,
        normAfter,
        true,
        measure.nonFinite(),
        measure.firstNonFinite().map(GradientMeasure.BadParameter::name),
        topShares,
        stages);
  }

  /** This record with what each stage did. */
  ClipRecord with(List<Stage> newStages) {
    return new ClipRecord(
        step,
        method,
        scope,
        order,
        normBefore,
        threshold,
        coefficient,
        normAfter,
        clipped,
        nonFinite,
        firstNonFinite,
        topShares,
        newStages);
  }

  /** This record as that of a stage. */
  Stage asStage(String name) {
    return new Stage(name, normBefore, normAfter, threshold, coefficient, clipped);
  }
}
