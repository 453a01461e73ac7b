package dev.swage.range;

import java.util.Locale;

/**
 * How strong range control is at a step: 0 before step {@code from}, 1 from step {@code to} on, and
 * linear in between. Penalties are multiplied by it, limits divided: at half its strength a limit
 * is twice as far.
 *
 * @param from a step, from 0
 * @param to ≥ from
 */
public record RangeSchedule(long from, long to) {
  /** Full strength from the first step. */
  public static final RangeSchedule CONSTANT = new RangeSchedule(0, 0);

  public RangeSchedule {
    if (from < 0 || to < from) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "a ramp needs 0 <= from <= to, got from %d to %d", from, to));
    }
  }

  /** The strength at a step, in [0, 1]. */
  public double strength(long step) {
    if (step >= to) {
      return 1;
    }
    return step <= from ? 0 : (double) (step - from) / (to - from);
  }

  String describe() {
    return to == 0 ? "constant" : String.format(Locale.ROOT, "ramp from step %d to %d", from, to);
  }
}
