package dev.swage.clip;

import java.util.Locale;

/**
 * Something a history says about its clipping.
 *
 * @param kind what was found
 * @param evidence the figures it rests on
 * @param suggestion what to set instead
 */
public record ClipFinding(Kind kind, String evidence, String suggestion) {
  /** What can be found. */
  public enum Kind {
    /** There is a threshold and no step came near enough to be clipped. */
    NEVER_CLIPS,
    /** Nearly every step is clipped: the threshold is a step size, not a guard. */
    ALWAYS_CLIPS,
    /** The norms lie far below the threshold, all along or since some step. */
    UNREACHABLE_THRESHOLD,
    /** One parameter owns more than half of the squared norm. */
    DOMINATED_BY_ONE_PARAMETER,
    /** Steps are clipped often, and the optimizer does not see a constant factor. */
    SCALE_INVARIANT_OPTIMIZER,
    /** Scales of quantizers own more than half of the squared norm. */
    SCALES_OWN_THE_NORM,
    /** Late in the run, steps still change many codes of weights. */
    OSCILLATING_CODES,
    /** Gradients that are not finite come in bursts. */
    NON_FINITE_BURST
  }

  /** One line: what, why, and what to do. */
  public String line() {
    return String.format(
        Locale.ROOT,
        "%s: %s. %s",
        kind.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' '),
        evidence,
        suggestion);
  }
}
