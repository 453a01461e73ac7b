package dev.swage.data;

import dev.swage.tensor.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A folder with MNIST's four files (or two of them, when only one split is asked for), gzipped or
 * not. {@code split=train}, the default, is the training files; {@code test} the {@code t10k}
 * files; with {@code holdout=N} the last N training samples are {@code validation} and no longer
 * {@code train}. Samples are {@code [1, height, width]}, or {@code [height·width]} with {@code
 * layout=flat}.
 */
final class IdxSource {
  private enum Layout {
    IMAGE,
    FLAT
  }

  private IdxSource() {}

  static DataSource open(Path folder, Options options) {
    Split split = options.split().orElse(Split.TRAIN);
    int holdout = options.count("holdout", 1).orElse(0);
    Layout layout = options.choice("layout", Layout.class).orElse(Layout.IMAGE);
    if (split == Split.VALIDATION && holdout == 0) {
      throw options.wrong(
          "split", "train or test, or holdout=N with it for the last N training samples");
    }
    String prefix = split == Split.TEST ? "t10k" : "train";
    IdxFile images = IdxFile.read(find(folder, prefix + "-images", "idx3-ubyte", options), 3);
    IdxFile labels = IdxFile.read(find(folder, prefix + "-labels", "idx1-ubyte", options), 1);
    int count = images.dim(0);
    if (labels.dim(0) != count) {
      throw new DataException(
          "%s has %d labels, but %s has %d images"
              .formatted(labels.file(), labels.dim(0), images.file(), count));
    }
    DataSource whole = source(images, labels, layout, options);
    if (split == Split.TEST || holdout == 0) {
      return whole;
    }
    if (holdout >= count) {
      throw options.wrong("holdout", "less than the %d training samples".formatted(count));
    }
    int[] kept =
        split == Split.TRAIN
            ? IntStream.range(0, count - holdout).toArray()
            : IntStream.range(count - holdout, count).toArray();
    return new Selection(options.name(), whole, kept);
  }

  private static DataSource source(IdxFile images, IdxFile labels, Layout layout, Options options) {
    int height = images.dim(1);
    int width = images.dim(2);
    Shape shape =
        layout == Layout.FLAT
            ? Shape.of(Math.multiplyExact(height, width))
            : Shape.of(1, height, width);
    int[] indices = new int[labels.values().length];
    Arrays.setAll(indices, i -> Byte.toUnsignedInt(labels.values()[i]));
    int classes = Arrays.stream(indices).max().orElseThrow() + 1;
    return new MemorySource(
        options.name(),
        new ByteRows(images.values(), shape, Scaling.of(options, 255, shape)),
        new Targets.Classes(indices, Targets.numbered(classes)));
  }

  private static Path find(Path folder, String stem, String ending, Options options) {
    List<Path> candidates =
        List.of(
            folder.resolve(stem + "-" + ending + ".gz"),
            folder.resolve(stem + "-" + ending),
            folder.resolve(stem + "." + ending + ".gz"),
            folder.resolve(stem + "." + ending));
    return candidates.stream()
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(() ->
            new DataException(
                "%s: %s holds neither %s-%s nor %s-%s.gz"
                    .formatted(options.name(), folder, stem, ending, stem, ending)));
  }
}
