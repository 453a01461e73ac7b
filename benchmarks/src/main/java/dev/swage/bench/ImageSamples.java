package dev.swage.bench;

import dev.swage.data.DataSource;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;

/**
 * Images, the same for every side of a training benchmark: each of ten classes has a random
 * pattern, an image is its class's pattern under noise. Easy to learn, and as much work to learn
 * from as real photographs.
 *
 * @param image shape of one image
 * @param count how many there are
 * @param block int64 labels {@code [count]}, then float32 pixels {@code [count, …]}, native
 */
record ImageSamples(Shape image, int count, MemorySegment block) {
  private static final int CLASSES = 10;

  static ImageSamples generate(Arena arena, Shape image, int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int pixels = Math.toIntExact(image.elements());
    float[][] patterns = new float[CLASSES][pixels];
    for (float[] pattern : patterns) {
      for (int i = 0; i < pixels; i++) {
        pattern[i] = random.nextInt(5) == 0 ? 1 : 0;
      }
    }
    long labelBytes = (long) count * Long.BYTES;
    MemorySegment block =
        arena.allocate(labelBytes + (long) count * pixels * Float.BYTES, Long.BYTES);
    for (int i = 0; i < count; i++) {
      int label = random.nextInt(CLASSES);
      block.setAtIndex(ValueLayout.JAVA_LONG, i, label);
      for (int p = 0; p < pixels; p++) {
        float value = 0.6f * patterns[label][p] + 0.4f * (float) random.nextDouble();
        long at = labelBytes + ((long) i * pixels + p) * Float.BYTES;
        block.set(ValueLayout.JAVA_FLOAT, at, value);
      }
    }
    return new ImageSamples(image, count, block);
  }

  /** The labels of {@code size} samples from {@code first} on. */
  MemorySegment labels(int first, int size) {
    return block.asSlice((long) first * Long.BYTES, (long) size * Long.BYTES);
  }

  /** The pixels of {@code size} samples from {@code first} on. */
  MemorySegment images(int first, int size) {
    long bytes = image.elements() * Float.BYTES;
    return block.asSlice((long) count * Long.BYTES + first * bytes, size * bytes);
  }

  /** All samples as a data source over this memory. */
  DataSource source() {
    return DataSource.of(
        Tensor.of(DType.FLOAT32, batch(count), images(0, count)),
        Tensor.of(DType.INT64, Shape.of(count), labels(0, count)));
  }

  /** The shape of so many images. */
  private Shape batch(int size) {
    long[] dims = new long[image.rank() + 1];
    dims[0] = size;
    System.arraycopy(image.toArray(), 0, dims, 1, image.rank());
    return Shape.of(dims);
  }

  /** Writes the block as it is, for a peer in another process. */
  void writeTo(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      var bytes = block.asByteBuffer();
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }
  }
}
