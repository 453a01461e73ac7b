package dev.swage.data;

/**
 * How pictures vary from epoch to epoch: mirrored left to right half of the time, moved by up to so
 * many pixels in each direction with black behind them, cut out at random. Numbers come from the
 * seed, the epoch and the sample alone.
 *
 * @param flip whether they are mirrored
 * @param shift the most pixels they are moved by
 * @param crop whether a part is cut out
 */
record Augmentation(boolean flip, int shift, boolean crop, long seed) {
  private static final int MOST_SHIFT = 10_000;

  private enum Flip {
    HORIZONTAL
  }

  static Augmentation of(Options options) {
    int shift = options.count("shift", 0).orElse(0);
    if (shift > MOST_SHIFT) {
      throw options.wrong("shift", "at most %d pixels".formatted(MOST_SHIFT));
    }
    return new Augmentation(
        options.choice("flip", Flip.class).isPresent(),
        shift,
        options.text("crop").isPresent(),
        options.seed());
  }

  boolean isNone() {
    return !flip && shift == 0 && !crop;
  }

  /**
   * Which pixels of a picture are read: pixel (x, y) of the result is pixel {@code (left + x, top +
   * y)}, or counted from the right where it is mirrored.
   */
  record View(int left, int top, boolean mirrored) {}

  /** The middle part of this size, as outside of training. */
  static View middle(int width, int height, int toWidth, int toHeight) {
    return new View((width - toWidth) / 2, (height - toHeight) / 2, false);
  }

  /** A part of this size of one sample in one epoch. */
  View view(int epoch, int sample, int width, int height, int toWidth, int toHeight) {
    SeededRandom random =
        new SeededRandom(SeededRandom.derive(SeededRandom.derive(seed, epoch), sample));
    int left = random.below(width - toWidth + 1) + random.below(2 * shift + 1) - shift;
    int top = random.below(height - toHeight + 1) + random.below(2 * shift + 1) - shift;
    return new View(left, top, flip && random.below(2) == 1);
  }
}
