package dev.swage.data;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.stream.IntStream;

/** SHA-256 of what a source holds, read in batches of {@value #BATCH} samples. */
final class ContentHash {
  private static final int BATCH = 256;

  /** Of float32 inputs: larger samples are read a few at a time. */
  private static final long BATCH_BYTES = 4L << 20;

  private static final int CHUNK = 1 << 16;

  private ContentHash() {}

  /**
   * Hash of the number of samples, the class names, and for each input and the targets of each
   * batch their types, shapes and bytes.
   */
  static String of(DataSource source) {
    MessageDigest digest = sha256();
    update(digest, source.size() + " " + source.classNames());
    int step = Math.min(step(source), source.largestBatch());
    for (int start = 0; start < source.size(); start += step) {
      int end = Math.min(source.size(), start + step);
      try (Arena arena = Arena.ofConfined()) {
        Batch batch = source.batch(arena, IntStream.range(start, end).toArray());
        batch.inputs().forEach(input -> update(digest, input));
        batch.targets().ifPresent(targets -> update(digest, targets));
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static int step(DataSource source) {
    long bytes = Float.BYTES * source.inputShapes().stream().mapToLong(Shape::elements).sum();
    return Math.clamp(BATCH_BYTES / Math.max(1, bytes), 1, BATCH);
  }

  private static void update(MessageDigest digest, Tensor tensor) {
    update(digest, tensor.toString());
    byte[] chunk = new byte[(int) Math.min(CHUNK, tensor.byteSize())];
    for (long at = 0; at < tensor.byteSize(); at += chunk.length) {
      int length = (int) Math.min(chunk.length, tensor.byteSize() - at);
      MemorySegment.copy(tensor.data(), JAVA_BYTE, at, chunk, 0, length);
      digest.update(chunk, 0, length);
    }
  }

  private static void update(MessageDigest digest, String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
