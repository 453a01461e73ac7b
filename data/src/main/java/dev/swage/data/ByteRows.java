package dev.swage.data;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Samples kept as unsigned bytes, a quarter of their float32 size, and converted by table. */
final class ByteRows implements Rows {
  private final byte[] values;
  private final Shape shape;
  private final int width;
  private final int channelWidth;
  private final float[][] tables;

  /**
   * @param values the samples one after another, not copied
   */
  ByteRows(byte[] values, Shape shape, Scaling scaling) {
    this.values = values;
    this.shape = shape;
    width = Math.toIntExact(shape.elements());
    int channels = scaling.isUniform() ? 1 : Math.toIntExact(shape.dim(0));
    channelWidth = width / channels;
    tables = new float[channels][256];
    for (int channel = 0; channel < channels; channel++) {
      for (int value = 0; value < 256; value++) {
        tables[channel][value] = scaling.apply(value, channel);
      }
    }
  }

  @Override
  public int size() {
    return values.length / width;
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public void read(int row, MemorySegment batch, long offset) {
    int at = row * width;
    long to = offset;
    for (float[] table : tables) {
      for (int end = at + channelWidth; at < end; at++, to += Float.BYTES) {
        batch.set(Tensor.LE_FLOAT, to, table[values[at] & 0xFF]);
      }
    }
  }
}
