package dev.swage.data;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The rows of a tensor of numbers of any supported type, as float32 and scaled. */
final class NumberRows implements Rows {
  private final Tensor all;
  private final Shape shape;
  private final int width;
  private final int channelWidth;
  private final Scaling scaling;

  NumberRows(Tensor all, Scaling scaling) {
    this.all = all;
    this.scaling = scaling;
    long[] dims = all.shape().toArray();
    shape = Shape.of(Arrays.copyOfRange(dims, 1, dims.length));
    width = Math.toIntExact(shape.elements());
    channelWidth = shape.rank() == 0 ? 1 : Math.toIntExact(shape.inner(0));
  }

  @Override
  public int size() {
    return Math.toIntExact(all.shape().dim(0));
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public void read(int row, MemorySegment batch, long offset) {
    long from = (long) row * width;
    for (int i = 0; i < width; i++) {
      float value = scaling.apply(valueAt(all, from + i), i / channelWidth);
      batch.set(Tensor.LE_FLOAT, offset + 4L * i, value);
    }
  }

  /** One element as the nearest float32. */
  static float valueAt(Tensor tensor, long index) {
    MemorySegment data = tensor.data();
    return switch (tensor.dtype()) {
      case FLOAT32 -> data.get(Tensor.LE_FLOAT, 4 * index);
      case FLOAT64 -> (float) data.get(Tensor.LE_DOUBLE, 8 * index);
      case INT64 -> data.get(Tensor.LE_LONG, 8 * index);
      case INT32 -> data.get(Tensor.LE_INT, 4 * index);
      case INT8 -> data.get(JAVA_BYTE, index);
      case UINT8, BOOL -> data.get(JAVA_BYTE, index) & 0xFF;
      default -> throw new IllegalStateException("no numbers of type " + tensor.dtype());
    };
  }

  /** A tensor's elements as float32. */
  static Tensor toFloats(Tensor tensor) {
    if (tensor.dtype() == DType.FLOAT32) {
      return tensor;
    }
    float[] values = new float[Math.toIntExact(tensor.shape().elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = valueAt(tensor, i);
    }
    return Tensor.ofFloats(tensor.shape(), values);
  }
}
