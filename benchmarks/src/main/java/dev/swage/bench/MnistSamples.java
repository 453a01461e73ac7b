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
 * Images shaped like MNIST's, the same for every side of a training benchmark: each of ten classes
 * has a random pattern, an image is its class's pattern under noise. Easy to learn, and as much
 * work to learn from as real digits.
 *
 * @param count how many there are
 * @param block int64 labels {@code [count]}, then float32 pixels {@code [count, 1, 28, 28]}, native
 */
record MnistSamples(int count, MemorySegment block) {
  private static final int CLASSES = 10;
  private static final int PIXELS = 28 * 28;

  static MnistSamples generate(Arena arena, int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[][] patterns = new float[CLASSES][PIXELS];
    for (float[] pattern : patterns) {
      for (int i = 0; i < PIXELS; i++) {
        pattern[i] = random.nextInt(5) == 0 ? 1 : 0;
      }
    }
    long labelBytes = (long) count * Long.BYTES;
    MemorySegment block =
        arena.allocate(labelBytes + (long) count * PIXELS * Float.BYTES, Long.BYTES);
    for (int i = 0; i < count; i++) {
      int label = random.nextInt(CLASSES);
      block.setAtIndex(ValueLayout.JAVA_LONG, i, label);
      for (int p = 0; p < PIXELS; p++) {
        float value = 0.6f * patterns[label][p] + 0.4f * (float) random.nextDouble();
        long at = labelBytes + ((long) i * PIXELS + p) * Float.BYTES;
        block.set(ValueLayout.JAVA_FLOAT, at, value);
      }
    }
    return new MnistSamples(count, block);
  }

  /** The labels of {@code size} samples from {@code first} on. */
  MemorySegment labels(int first, int size) {
    return block.asSlice((long) first * Long.BYTES, (long) size * Long.BYTES);
  }

  /** The pixels of {@code size} samples from {@code first} on. */
  MemorySegment images(int first, int size) {
    long start = (long) count * Long.BYTES + (long) first * PIXELS * Float.BYTES;
    return block.asSlice(start, (long) size * PIXELS * Float.BYTES);
  }

  /** All samples as a data source over this memory. */
  DataSource source() {
    return DataSource.of(
        Tensor.of(DType.FLOAT32, Shape.of(count, 1, 28, 28), images(0, count)),
        Tensor.of(DType.INT64, Shape.of(count), labels(0, count)));
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
