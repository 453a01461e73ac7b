package dev.swage.data;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;

/**
 * Round clouds of points, one per class, as scikit-learn's {@code make_blobs}: class centres from
 * N(0, separation²) in every coordinate, samples from N(centre, 1). The centres depend on the seed
 * alone, so that the splits belong together. A share of the samples can be corrupted: their inputs
 * are multiplied by 10ᵘ, u uniform in [0, 2), which makes gradients with a heavy tail.
 */
final class Blobs {
  private static final int TRAIN_SIZE = 10_000;
  private static final int OTHER_SIZE = 2000;
  private static final float SEPARATION = 0.5f;

  private Blobs() {}

  /** Samples; they are held in memory. */
  static int size(Options options) {
    Split split = options.split().orElse(Split.TRAIN);
    int size = options.count("n", 1).orElse(split == Split.TRAIN ? TRAIN_SIZE : OTHER_SIZE);
    options.requireFew("n", size, features(options));
    return size;
  }

  private static int features(Options options) {
    return options.count("features", 1).orElse(32);
  }

  static DataSource open(Options options) {
    Split split = options.split().orElse(Split.TRAIN);
    int size = size(options);
    int features = features(options);
    int classes = options.count("classes", 2).orElse(10);
    options.requireFew("features", classes, features);
    float separation = options.number("separation").orElse(SEPARATION);
    if (!(separation > 0)) {
      throw options.wrong("separation", "a number above 0");
    }
    float corrupt = options.number("corrupt").orElse(0f);
    if (!(corrupt >= 0 && corrupt <= 1)) {
      throw options.wrong("corrupt", "a share from 0 to 1");
    }
    float[] centres = new float[classes * features];
    SeededRandom random = new SeededRandom(options.seed());
    for (int i = 0; i < centres.length; i++) {
      centres[i] = (float) (separation * random.gaussian());
    }
    random = new SeededRandom(SeededRandom.derive(options.seed(), split.part()));
    float[] points = new float[Math.multiplyExact(size, features)];
    int[] labels = new int[size];
    for (int i = 0; i < size; i++) {
      labels[i] = random.below(classes);
      // Drawn for every sample, so that the share of corrupted ones does not move the others.
      boolean corrupted = random.uniform(0, 1) < corrupt;
      double factor = StrictMath.pow(10, random.uniform(0, 2));
      for (int j = 0; j < features; j++) {
        double value = centres[labels[i] * features + j] + random.gaussian();
        points[i * features + j] = (float) (corrupted ? factor * value : value);
      }
    }
    return new MemorySource(
        options.name(),
        new TensorRows(Tensor.ofFloats(Shape.of(size, features), points)),
        new Targets.Classes(labels, Targets.numbered(classes)));
  }
}
