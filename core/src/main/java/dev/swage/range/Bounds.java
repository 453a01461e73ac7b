package dev.swage.range;

import java.util.Locale;

/** Bounds of settings. NaN is out of all of them. */
final class Bounds {
  private Bounds() {}

  static void positive(String name, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%s must be finite and > 0, got %s", name, value));
    }
  }
}
