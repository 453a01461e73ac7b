package dev.swage.clip;

import java.util.List;
import java.util.Optional;

/**
 * What happened to the gradients at one step.
 *
 * @param step the optimizer step, from 0
 * @param method the clipper in words, as {@code "global norm 2"}
 * @param normBefore the norm before clipping; the largest of them where tensors or layers are
 *     clipped apart; global L2 where the method has no norm of its own
 * @param threshold the threshold in force; +∞ when nothing clips
 * @param coefficient the (smallest) factor applied; 1 when nothing was clipped
 * @param normAfter the norm after clipping
 * @param clipped whether any gradient was changed
 * @param nonFinite number of NaN and infinite gradient elements
 * @param firstNonFinite name of the first parameter with such an element
 * @param topShares up to three parameters with the largest share of the squared norm, largest
 *     first; empty when the norm is 0 or not finite
 */
public record ClipRecord(
    long step,
    String method,
    double normBefore,
    double threshold,
    double coefficient,
    double normAfter,
    boolean clipped,
    long nonFinite,
    Optional<String> firstNonFinite,
    List<Share> topShares) {
  public ClipRecord {
    topShares = List.copyOf(topShares);
  }

  /** A parameter's part in the squared global L2 norm, in [0, 1]. */
  public record Share(String parameter, double share) {}

  /** A record in which nothing was clipped. */
  static ClipRecord unclipped(
      long step, String method, double norm, double threshold, GradientMeasure measure) {
    return new ClipRecord(
        step,
        method,
        norm,
        threshold,
        1,
        norm,
        false,
        measure.nonFinite(),
        measure.firstNonFinite().map(GradientMeasure.BadParameter::name),
        measure.topShares());
  }

  /** This record of a step at which clipping changed the gradients. */
  ClipRecord clippedTo(double newCoefficient, double newNormAfter) {
    return new ClipRecord(
        step,
        method,
        normBefore,
        threshold,
        newCoefficient,
        newNormAfter,
        true,
        nonFinite,
        firstNonFinite,
        topShares);
  }

  /** This record of a step at which these non-finite elements were counted as zero. */
  ClipRecord withZeroed(GradientMeasure measure) {
    return new ClipRecord(
        step,
        method,
        normBefore,
        threshold,
        coefficient,
        normAfter,
        true,
        measure.nonFinite(),
        measure.firstNonFinite().map(GradientMeasure.BadParameter::name),
        topShares);
  }
}
