package dev.swage.data;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;

/**
 * Two interleaved half circles, as scikit-learn's {@code make_moons} builds them: points at equal
 * angles, class 0 on {@code (cos t, sin t)}, class 1 on {@code (1 − cos t, ½ − sin t)}, t in [0,
 * π], with normal noise added to both coordinates, in random order. Each split has noise of its
 * own.
 */
final class Moons {
  private static final int TRAIN_SIZE = 8000;
  private static final int OTHER_SIZE = 2000;
  private static final float NOISE = 0.15f;

  private Moons() {}

  /** Samples; they are held in memory. */
  static int size(Options options) {
    Split split = options.split().orElse(Split.TRAIN);
    int size = options.count("n", 2).orElse(split == Split.TRAIN ? TRAIN_SIZE : OTHER_SIZE);
    options.requireFew("n", size, 2);
    return size;
  }

  static DataSource open(Options options) {
    Split split = options.split().orElse(Split.TRAIN);
    int size = size(options);
    float noise = options.number("noise").orElse(NOISE);
    if (noise < 0) {
      throw options.wrong("noise", "a number from 0");
    }
    SeededRandom random = new SeededRandom(SeededRandom.derive(options.seed(), split.part()));
    float[] points = new float[2 * size];
    int[] labels = new int[size];
    int[] places = random.permutation(size);
    int first = size / 2;
    for (int i = 0; i < size; i++) {
      int label = i < first ? 0 : 1;
      int step = i - label * first;
      double t = Math.PI * step / Math.max(1, (label == 0 ? first : size - first) - 1);
      double x = label == 0 ? StrictMath.cos(t) : 1 - StrictMath.cos(t);
      double y = label == 0 ? StrictMath.sin(t) : 0.5 - StrictMath.sin(t);
      points[2 * places[i]] = (float) (x + noise * random.gaussian());
      points[2 * places[i] + 1] = (float) (y + noise * random.gaussian());
      labels[places[i]] = label;
    }
    return new MemorySource(
        options.name(),
        new TensorRows(Tensor.ofFloats(Shape.of(size, 2), points)),
        new Targets.Classes(labels, Targets.numbered(2)));
  }
}
