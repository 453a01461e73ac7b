package dev.swage.compress.search;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How far a search is.
 *
 * @param phase what it does
 * @param done measurements of this phase so far
 * @param total of this phase; as far as can be told
 * @param best the best model so far
 * @param secondsLeft until the whole search ends, by the time measurements took so far; empty
 *     before any was made
 */
public record SearchProgress(
    Phase phase, int done, int total, Optional<Trial> best, OptionalDouble secondsLeft) {
  /** What is measured. */
  public enum Phase {
    /** Every node on its first rung. */
    FIRST,
    /** Each node for itself. */
    RANKING,
    /** How many of the most sensitive nodes must go another way, and which. */
    MOVING,
    /** Which of them can do with a higher rung all the same. */
    REFINING;

    /** The phase in a word, as {@code ranking}. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
