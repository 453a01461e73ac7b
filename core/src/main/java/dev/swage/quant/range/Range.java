package dev.swage.quant.range;

/**
 * The values that codes are to cover; {@code ScaleZeroPoint.of} widens it to hold 0, and to both
 * sides for a symmetric scheme.
 *
 * @param min finite
 * @param max finite, at least {@code min}
 */
public record Range(float min, float max) {
  public Range {
    if (!(min <= max) || Float.isInfinite(min) || Float.isInfinite(max)) {
      throw new IllegalArgumentException(
          "a range needs finite min <= max, got [%s, %s]".formatted(min, max));
    }
  }

  /** [0, 0]. */
  public static Range zero() {
    return new Range(0, 0);
  }

  /** What of this range lies within [low, high]; the nearest end when nothing does. */
  Range clippedTo(float low, float high) {
    return new Range(Math.clamp(min, low, high), Math.clamp(max, low, high));
  }
}
