package dev.swage.cli.compare;

import dev.swage.cli.console.Console;
import dev.swage.cli.console.ExitCode;
import dev.swage.cli.console.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Collects the bounds a user set and whether they held. */
final class Bounds {
  private final List<String> missed = new ArrayList<>();

  void atLeast(String what, double got, double bound) {
    if (!(got >= bound)) {
      missed.add("%s is %s, wanted at least %s".formatted(what, number(got), number(bound)));
    }
  }

  void atMost(String what, double got, double bound) {
    if (!(got <= bound)) {
      missed.add("%s is %s, wanted at most %s".formatted(what, number(got), number(bound)));
    }
  }

  /** Fails unless a bound is a share. */
  static void requireFraction(String option, double bound) {
    if (!(bound >= 0 && bound <= 1)) {
      throw new UsageException(option + " is a fraction in [0, 1], got " + bound);
    }
  }

  /** Fails unless a bound can be held or missed. */
  static void requireNumber(String option, double bound) {
    if (Double.isNaN(bound)) {
      throw new UsageException(option + " is a number, got " + bound);
    }
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.6g", value);
  }

  /** Says which bounds were missed; {@link ExitCode#BOUND_MISSED} if any was. */
  int exitCode(Console console) {
    missed.forEach(line -> console.warning("bound missed: " + line));
    return missed.isEmpty() ? ExitCode.DONE : ExitCode.BOUND_MISSED;
  }
}
