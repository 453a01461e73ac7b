package dev.swage.data;

import java.util.Optional;

/** Decimal numbers in text: no hex, no type suffix, no infinities. */
final class Numbers {
  private Numbers() {}

  /** The nearest float32 to a decimal number; empty for anything else, and when it overflows. */
  static Optional<Float> parse(String text) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    for (int i = 0; i < text.length(); i++) {
      if ("0123456789+-.eE".indexOf(text.charAt(i)) < 0) {
        return Optional.empty();
      }
    }
    try {
      float value = Float.parseFloat(text);
      return Float.isFinite(value) ? Optional.of(value) : Optional.empty();
    } catch (NumberFormatException _) {
      return Optional.empty();
    }
  }
}
