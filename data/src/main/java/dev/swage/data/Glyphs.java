package dev.swage.data;

import dev.swage.kernel.Parallel;
import dev.swage.tensor.Shape;
import java.util.Arrays;

/**
 * Images {@code [1, size, size]} of the digits 0 … 9 in turn, each drawn from a seed of its own, so
 * that fewer samples are the beginning of more, and every split is another set of drawings.
 */
final class Glyphs {
  private static final int TRAIN_SIZE = 10_000;
  private static final int OTHER_SIZE = 2000;
  private static final int CLASSES = 10;
  private static final int SMALLEST = 12;
  private static final int LARGEST = 256;
  private static final int DRAWN_TOGETHER = 250;

  private Glyphs() {}

  static DataSource open(Options options) {
    Split split = options.split().orElse(Split.TRAIN);
    int count = options.count("n", 1).orElse(split == Split.TRAIN ? TRAIN_SIZE : OTHER_SIZE);
    int size = options.count("size", SMALLEST).orElse(28);
    options.requireFew("size", size, size);
    if (size > LARGEST || (long) count * size * size > Integer.MAX_VALUE - 8) {
      throw options.wrong("size", "at most %d, and n·size² below 2^31-8".formatted(LARGEST));
    }
    long seed = SeededRandom.derive(options.seed(), split.part());
    byte[] pixels = new byte[count * size * size];
    Parallel.forEach(
        Math.ceilDiv(count, DRAWN_TOGETHER),
        chunk -> {
          GlyphPen pen = new GlyphPen(size);
          int end = Math.min(count, (chunk + 1) * DRAWN_TOGETHER);
          for (int i = chunk * DRAWN_TOGETHER; i < end; i++) {
            pen.draw(i % CLASSES, SeededRandom.derive(seed, i), pixels, i * size * size);
          }
        });
    int[] labels = new int[count];
    Arrays.setAll(labels, i -> i % CLASSES);
    Shape shape = Shape.of(1, size, size);
    return new MemorySource(
        options.name(),
        new ByteRows(pixels, shape, Scaling.of(options, 255, shape)),
        new Targets.Classes(labels, Targets.numbered(CLASSES)));
  }
}
