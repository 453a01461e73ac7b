package dev.swage.report;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Guards of the records: each says what it got and what is allowed. */
final class Checks {
  private Checks() {}

  static void notNegative(String what, long value) {
    if (value < 0) {
      throw new IllegalArgumentException(what + " must be at least 0, got " + value);
    }
  }

  static void positive(String what, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(what + " must be greater than 0, got " + value);
    }
  }

  static void notNegative(String what, double value) {
    if (!(value >= 0)) {
      throw new IllegalArgumentException(what + " must be at least 0, got " + value);
    }
  }

  static void positive(String what, double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException(what + " must be greater than 0, got " + value);
    }
  }

  /** A share of a whole; NaN is no share. */
  static void fraction(String what, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(what + " must be a fraction in [0, 1], got " + value);
    }
  }

  static void fraction(String what, OptionalDouble value) {
    value.ifPresent(v -> fraction(what, v));
  }

  static void size(String what, List<?> values, int expected) {
    if (values.size() != expected) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "%s must hold %d values, got %d", what, expected, values.size()));
    }
  }
}
