package dev.swage.compress.qdq;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Small integer tensors on the heap. */
final class CodeTensors {
  private CodeTensors() {}

  /** A scalar of an 8-bit type. */
  static Tensor scalar(DType dtype, int value) {
    return bytes(dtype, Shape.of(), value);
  }

  /** As many 8-bit codes as the shape has elements; zeros where none are given. */
  static Tensor bytes(DType dtype, Shape shape, int... values) {
    MemorySegment memory = allocate(shape.elements());
    for (int i = 0; i < values.length; i++) {
      memory.set(ValueLayout.JAVA_BYTE, i, (byte) values[i]);
    }
    return Tensor.of(dtype, shape, memory);
  }

  static Tensor ints(int... values) {
    MemorySegment memory = allocate((long) values.length * Integer.BYTES);
    for (int i = 0; i < values.length; i++) {
      memory.set(Tensor.LE_INT, (long) i * Integer.BYTES, values[i]);
    }
    return Tensor.of(DType.INT32, Shape.of(values.length), memory);
  }

  private static MemorySegment allocate(long bytes) {
    return MemorySegment.ofArray(new long[Math.toIntExact(Math.ceilDiv(bytes, 8L))])
        .asSlice(0, bytes);
  }
}
