package dev.swage.bench.djl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Images and labels as the benchmark hands them over: a file of {@code count} int64 labels, then
 * {@code count × pixels} float32 pixels, little-endian.
 */
@SuppressWarnings("ArrayRecordComponent") // Handed straight to DJL, which copies them.
record Samples(int count, float[] images, long[] labels) {
  static Samples read(Path file, int pixels) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int count = bytes.remaining() / (Long.BYTES + pixels * Float.BYTES);
    long[] labels = new long[count];
    bytes.asLongBuffer().get(labels);
    bytes.position(count * Long.BYTES);
    float[] images = new float[count * pixels];
    bytes.asFloatBuffer().get(images);
    return new Samples(count, images, labels);
  }
}
