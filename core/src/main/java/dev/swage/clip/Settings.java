package dev.swage.clip;

import java.util.Locale;

/** Bounds of clippers' settings. NaN is out of all of them. */
final class Settings {
  private Settings() {}

  static void atLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%s must be at least %d, got %d", name, least, value));
    }
  }

  static void positive(String name, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s must be finite and > 0, got %s%s",
              name,
              value,
              ThresholdSchedule.WAY_OFF));
    }
  }

  static void inside(String name, double value, double low, double high) {
    if (!(value > low && value < high)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "%s must lie between %s and %s, got %s", name, low, high, value));
    }
  }

  /** A learnt bound; one of 0 would stop the training, and is none. */
  static double boundOrNone(double bound) {
    return bound > 0 ? bound : Double.POSITIVE_INFINITY;
  }
}
