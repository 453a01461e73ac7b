package dev.swage.data;

import dev.swage.files.Sha256;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.stream.IntStream;

/** SHA-256 of what a source holds, read in batches of {@value #BATCH} samples. */
final class ContentHash {
  private static final int BATCH = 256;

  /** Of float32 inputs: larger samples are read a few at a time. */
  private static final long BATCH_BYTES = 4L << 20;

  private ContentHash() {}

  /**
   * Hash of the number of samples, the class names, and for each input and the targets of each
   * batch their types, shapes and bytes.
   */
  static String of(DataSource source) {
    Sha256 hash = new Sha256();
    hash.add(source.size() + " " + source.classNames());
    hash.add(source.variation());
    int step = Math.min(step(source), source.largestBatch());
    for (int start = 0; start < source.size(); start += step) {
      int end = Math.min(source.size(), start + step);
      try (Arena arena = Arena.ofConfined()) {
        Batch batch = source.batch(arena, IntStream.range(start, end).toArray());
        batch.inputs().forEach(input -> update(hash, input));
        batch.targets().ifPresent(targets -> update(hash, targets));
      }
    }
    return hash.digits();
  }

  private static int step(DataSource source) {
    long bytes = Float.BYTES * source.inputShapes().stream().mapToLong(Shape::elements).sum();
    return Math.clamp(BATCH_BYTES / Math.max(1, bytes), 1, BATCH);
  }

  private static void update(Sha256 hash, Tensor tensor) {
    hash.add(tensor.toString());
    hash.add(tensor.data());
  }
}
