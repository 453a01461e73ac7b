package dev.swage.run.measure;

import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Elements of floating-point tensors of any type that ONNX Runtime computes in, as doubles. */
final class Values {
  private Values() {}

  /** Copies {@code count} elements from a flat index on to the beginning of an array. */
  static void read(Tensor tensor, long from, int count, double[] to) {
    MemorySegment data = tensor.data();
    switch (tensor.dtype()) {
      case FLOAT32 -> {
        for (int i = 0; i < count; i++) {
          to[i] = data.get(Tensor.LE_FLOAT, (from + i) * Float.BYTES);
        }
      }
      case FLOAT64 -> {
        for (int i = 0; i < count; i++) {
          to[i] = data.get(Tensor.LE_DOUBLE, (from + i) * Double.BYTES);
        }
      }
      case FLOAT16 -> {
        for (int i = 0; i < count; i++) {
          to[i] = Float.float16ToFloat(data.get(Tensor.LE_SHORT, (from + i) * Short.BYTES));
        }
      }
      case BFLOAT16 -> {
        for (int i = 0; i < count; i++) {
          short bits = data.get(Tensor.LE_SHORT, (from + i) * Short.BYTES);
          to[i] = Float.intBitsToFloat(bits << 16);
        }
      }
      default -> throw new IllegalArgumentException("not a type with values to read: " + tensor);
    }
  }
}
