package dev.swage.data;

import dev.swage.tensor.DType;
import dev.swage.tensor.FloatValues;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Rows of float32 numbers in another type: floats rounded to it, integers to the nearest. */
record ConvertedRows(Rows floats, DType dtype) implements Rows {
  @Override
  public int size() {
    return floats.size();
  }

  @Override
  public Shape shape() {
    return floats.shape();
  }

  @Override
  public void read(int row, MemorySegment batch, long offset) {
    long elements = shape().elements();
    MemorySegment values = HeapMemory.allocate(DType.FLOAT32.bytes(elements));
    floats.read(row, values, 0);
    int bytes = dtype.bits() / Byte.SIZE;
    for (long i = 0; i < elements; i++) {
      long bits = bits(values.get(Tensor.LE_FLOAT, 4 * i));
      for (int b = 0; b < bytes; b++) {
        batch.set(ValueLayout.JAVA_BYTE, offset + i * bytes + b, (byte) (bits >> (Byte.SIZE * b)));
      }
    }
  }

  private long bits(float value) {
    return switch (dtype) {
      case FLOAT64 -> Double.doubleToRawLongBits(value);
      case FLOAT16 -> Float.floatToFloat16(value);
      case BFLOAT16 -> FloatValues.toBfloat16(value);
      case BOOL -> value >= 0.5f ? 1 : 0;
      default ->
          Math.clamp(
              Math.round((double) value), RandomBounds.least(dtype), RandomBounds.greatest(dtype));
    };
  }
}
