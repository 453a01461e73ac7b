package dev.swage.compress.probe;

import dev.swage.tensor.DType;
import dev.swage.tensor.FloatValues;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.function.LongToDoubleFunction;

/** Elements of tensors of the types that ONNX Runtime takes and gives, as doubles. */
public final class Elements {
  private static final int BYTE = 0xff;

  private Elements() {}

  /** All elements; empty for a type that is not read. */
  public static Optional<double[]> of(Tensor tensor) {
    MemorySegment data = tensor.data();
    LongToDoubleFunction element =
        switch (tensor.dtype()) {
          case FLOAT32 -> i -> data.get(Tensor.LE_FLOAT, i * Float.BYTES);
          case FLOAT64 -> i -> data.get(Tensor.LE_DOUBLE, i * Double.BYTES);
          case FLOAT16 -> i -> Float.float16ToFloat(data.get(Tensor.LE_SHORT, i * Short.BYTES));
          case BFLOAT16 ->
              i -> Float.intBitsToFloat(data.get(Tensor.LE_SHORT, i * Short.BYTES) << Short.SIZE);
          case INT64 -> i -> data.get(Tensor.LE_LONG, i * Long.BYTES);
          case INT32 -> i -> data.get(Tensor.LE_INT, i * Integer.BYTES);
          case INT16 -> i -> data.get(Tensor.LE_SHORT, i * Short.BYTES);
          case INT8 -> i -> data.get(ValueLayout.JAVA_BYTE, i);
          case UINT8, BOOL -> i -> data.get(ValueLayout.JAVA_BYTE, i) & BYTE;
          default -> null;
        };
    if (element == null) {
      return Optional.empty();
    }
    double[] values = new double[Math.toIntExact(tensor.shape().elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = element.applyAsDouble(i);
    }
    return Optional.of(values);
  }

  /** A tensor of these elements, rounded to the type; zeros in a type that is not written. */
  static Tensor tensor(DType dtype, Shape shape, double[] values) {
    MemorySegment data = HeapMemory.allocate(dtype.bytes(values.length));
    for (int i = 0; i < values.length; i++) {
      set(data, dtype, i, values[i]);
    }
    return Tensor.of(dtype, shape, data);
  }

  private static void set(MemorySegment data, DType dtype, long i, double value) {
    switch (dtype) {
      case FLOAT32 -> data.set(Tensor.LE_FLOAT, i * Float.BYTES, (float) value);
      case FLOAT64 -> data.set(Tensor.LE_DOUBLE, i * Double.BYTES, value);
      case FLOAT16 ->
          data.set(Tensor.LE_SHORT, i * Short.BYTES, Float.floatToFloat16((float) value));
      case BFLOAT16 ->
          data.set(Tensor.LE_SHORT, i * Short.BYTES, FloatValues.toBfloat16((float) value));
      case INT64, UINT64 -> data.set(Tensor.LE_LONG, i * Long.BYTES, Math.round(value));
      case INT32, UINT32 -> data.set(Tensor.LE_INT, i * Integer.BYTES, (int) Math.round(value));
      case INT16, UINT16 -> data.set(Tensor.LE_SHORT, i * Short.BYTES, (short) Math.round(value));
      case INT8, UINT8, BOOL -> data.set(ValueLayout.JAVA_BYTE, i, (byte) Math.round(value));
      default -> {
        // Zeros.
      }
    }
  }
}
