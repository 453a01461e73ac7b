package dev.swage.range;

import java.util.Locale;

/**
 * Something that a run's weight records say about the range of a weight.
 *
 * @param kind what was found
 * @param weight whose
 * @param evidence the figures it rests on
 * @param suggestion what to set instead; empty where nothing is to be changed
 */
public record RangeFinding(Kind kind, String weight, String evidence, String suggestion) {
  /** What can be found. */
  public enum Kind {
    /** A few values lie far out, and nothing controls the range. */
    HEAVY_TAILED,
    /** A few values still lie far out although the range is controlled. */
    CONTROL_TOO_WEAK,
    /** A large share of the values lies at the limit. */
    AT_LIMIT,
    /** Range control lowered the error at 4 bits. */
    ERROR_FELL
  }

  /** One line: what, whose, why, and what to do. */
  public String line() {
    String line =
        String.format(
            Locale.ROOT,
            "%s, %s: %s.",
            kind.name().toLowerCase(Locale.ROOT).replace('_', ' '),
            weight,
            evidence);
    return suggestion.isEmpty() ? line : line + " " + suggestion;
  }
}
