package dev.swage.clip;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

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
 * @param quantizerShare share of the scales of quantizers in the squared norm; empty without any
 * @param flips share of the codes of weights that the step changed, where that was measured
 */
public record ObservedStep(
    long step,
    double normBefore,
    double threshold,
    boolean clipped,
    boolean skipped,
    long nonFinite,
    Optional<String> firstNonFinite,
    List<ClipRecord.Share> topShares,
    OptionalDouble quantizerShare,
    OptionalDouble flips) {
  public ObservedStep {
    topShares = List.copyOf(topShares);
  }

  /** A step of a model without quantizers. */
  public ObservedStep(
      long step,
      double normBefore,
      double threshold,
      boolean clipped,
      boolean skipped,
      long nonFinite,
      Optional<String> firstNonFinite,
      List<ClipRecord.Share> topShares) {
    this(
        step,
        normBefore,
        threshold,
        clipped,
        skipped,
        nonFinite,
        firstNonFinite,
        topShares,
        OptionalDouble.empty(),
        OptionalDouble.empty());
  }

  /** The same with what was seen of quantizers. */
  public ObservedStep withQuantizers(OptionalDouble share, OptionalDouble changed) {
    return new ObservedStep(
        step,
        normBefore,
        threshold,
        clipped,
        skipped,
        nonFinite,
        firstNonFinite,
        topShares,
        share,
        changed);
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
