package dev.swage.compress.probe;

import dev.swage.quant.range.Range;
import java.util.List;

/**
 * How floats are drawn.
 *
 * @param mean of normal values
 * @param deviation of normal values
 */
record ProbeFloats(Form form, double low, double high, double mean, double deviation) {
  /** In what pattern. */
  enum Form {
    NORMAL,
    UNIFORM,
    /** Pixels that go together as those of photographs do. */
    PICTURE
  }

  /** Of the pixels of a picture, in [0, 1]: about, over many pictures. */
  private static final double BRIGHTNESS = 0.45;

  private static final double CONTRAST = 0.22;

  /** Most of what was seen lies nearer to the middle of its range than to its ends. */
  private static final double DEVIATIONS = 6;

  private static final double WHITE = 255;

  static ProbeFloats normal() {
    return new ProbeFloats(Form.NORMAL, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, 0, 1);
  }

  private static ProbeFloats uniform(double low, double high) {
    return new ProbeFloats(Form.UNIFORM, low, high, 0, 0);
  }

  private static ProbeFloats picture(double low, double high) {
    return new ProbeFloats(Form.PICTURE, low, high, 0, 0);
  }

  /** What to try, most usual first. */
  static List<ProbeFloats> candidates(boolean pictures) {
    List<ProbeFloats> noise = List.of(normal(), uniform(0, 1), uniform(-1, 1), uniform(0, WHITE));
    return pictures
        ? List.of(
            picture(-BRIGHTNESS / CONTRAST, (1 - BRIGHTNESS) / CONTRAST),
            picture(0, 1),
            normal(),
            picture(-1, 1),
            picture(0, WHITE),
            uniform(0, 1))
        : noise;
  }

  /** The same pattern within a range that is known. */
  ProbeFloats within(Range range) {
    double width = (double) range.max() - range.min();
    return new ProbeFloats(
        form, range.min(), range.max(), range.min() + width / 2, width / DEVIATIONS);
  }

  /** From a number of the pattern to a value: normal of variance 1, or from 0 to 1. */
  double value(double drawn) {
    return form == Form.NORMAL
        ? Math.clamp(mean + deviation * drawn, low, high)
        : low + drawn * (high - low);
  }

  /** In words. */
  String describe() {
    return switch (form) {
      case NORMAL -> "values of mean 0 and variance 1";
      case UNIFORM -> "values from %s to %s".formatted(text(low), text(high));
      case PICTURE ->
          low < -1
              ? "made-up pictures of mean 0 and variance 1"
              : "made-up pictures with values from %s to %s".formatted(text(low), text(high));
    };
  }

  private static String text(double bound) {
    return Long.toString(Math.round(bound));
  }
}
