package dev.swage.clip;

import java.util.List;
import java.util.Optional;

/**
 * One optimizer step of a history, as {@link ClipDoctor} reads it.
 *
 * @param step number of the step, from 0
 * @param normBefore the norm before clipping; NaN or infinite where gradients were
 * @param threshold the threshold in force; +∞ when nothing clips
 * @param clipped whether any gradient was changed
 * @param skipped whether the step was not taken
 * @param nonFinite number of NaN and infinite gradient elements
 * @param firstNonFinite name of the first parameter with such an element
 * @param topShares the parameters with the largest share of the squared norm, largest first
 */
public record ObservedStep(
    long step,
    double normBefore,
    double threshold,
    boolean clipped,
    boolean skipped,
    long nonFinite,
    Optional<String> firstNonFinite,
    List<ClipRecord.Share> topShares) {
  public ObservedStep {
    topShares = List.copyOf(topShares);
  }

  /** A step from its record. */
  public static ObservedStep of(ClipRecord record, boolean skipped) {
    return new ObservedStep(
        record.step(),
        record.normBefore(),
        record.threshold(),
        record.clipped(),
        skipped,
        record.nonFinite(),
        record.firstNonFinite(),
        record.topShares());
  }
}
