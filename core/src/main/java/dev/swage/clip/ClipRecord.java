package dev.swage.clip;

import java.util.List;
import java.util.Optional;

/**
 * What happened to the gradients at one step.
 *
 * @param step the optimizer step, from 0
 * @param method the clipper in words, as {@code "global norm 2"}
 * @param normBefore the norm before clipping; global L2 where the method has no norm of its own
 * @param threshold the threshold in force; +∞ when nothing clips
 * @param coefficient the (smallest) factor applied; 1 when nothing was clipped
 * @param normAfter the norm after clipping
 * @param clipped whether any gradient was changed
 * @param nonFinite number of NaN and infinite gradient elements
 * @param firstNonFinite name of the first parameter with such an element
 * @param topShares up to three parameters with the largest share of the squared norm, largest first
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
}
