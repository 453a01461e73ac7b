package dev.swage.run.measure;

import java.util.Locale;

/**
 * A part of an output: the places {@code from … to − 1} along an axis.
 *
 * @param axis of the output, from 0; −1 for the whole output
 * @param sqnrDb signal-to-noise ratio of the part, in decibels: of its values, or of their
 *     variation
 */
public record Part(int axis, long from, long to, double sqnrDb) {
  /** The whole of an output. */
  public static final Part WHOLE = whole(Double.NaN);

  static Part whole(double sqnrDb) {
    return new Part(-1, 0, 0, sqnrDb);
  }

  /** Whether it is the whole output. */
  public boolean isWhole() {
    return axis < 0;
  }

  /** The places in words, as {@code 4…6 of axis 2}; empty for the whole output. */
  public String places() {
    if (isWhole()) {
      return "";
    }
    return to - from == 1
        ? String.format(Locale.ROOT, "%d of axis %d", from, axis)
        : String.format(Locale.ROOT, "%d…%d of axis %d", from, to - 1, axis);
  }
}
