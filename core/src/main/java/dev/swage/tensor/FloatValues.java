package dev.swage.tensor;

import java.lang.foreign.MemorySegment;

/**
 * Elements of FLOAT16, BFLOAT16, FLOAT32 and FLOAT64 tensors as float32, and back: rounded to the
 * nearest, half to even, as IEEE 754 and ONNX Cast have it. What is too large becomes infinite.
 */
public final class FloatValues {
  /** What a subnormal FLOAT16 is a multiple of. */
  private static final float FLOAT16_MIN = 0x1p-24f;

  private static final float FLOAT16_MAX = 65504;

  private FloatValues() {}

  /** Whether elements of this type can be had as float32. */
  public static boolean areRead(DType type) {
    return switch (type) {
      case FLOAT32, FLOAT64, FLOAT16, BFLOAT16 -> true;
      default -> false;
    };
  }

  /**
   * The element at a flat index.
   *
   * @param tensor of a type that is {@linkplain #areRead read}
   */
  public static float get(Tensor tensor, long index) {
    MemorySegment data = tensor.data();
    return switch (tensor.dtype()) {
      case FLOAT32 -> data.get(Tensor.LE_FLOAT, index * Float.BYTES);
      case FLOAT64 -> (float) data.get(Tensor.LE_DOUBLE, index * Double.BYTES);
      case FLOAT16 -> Float.float16ToFloat(data.get(Tensor.LE_SHORT, index * Short.BYTES));
      case BFLOAT16 -> fromBfloat16(data.get(Tensor.LE_SHORT, index * Short.BYTES));
      default -> throw new IllegalArgumentException("has no elements to read: " + tensor);
    };
  }

  /**
   * Copies elements as float32.
   *
   * @param from a flat index
   * @param floats as many as are copied
   */
  public static void read(Tensor tensor, long from, MemorySegment floats) {
    long count = floats.byteSize() / Float.BYTES;
    MemorySegment data = tensor.data();
    switch (tensor.dtype()) {
      case FLOAT32 -> MemorySegment.copy(data, from * Float.BYTES, floats, 0, count * Float.BYTES);
      case FLOAT64, BFLOAT16 -> {
        for (long i = 0; i < count; i++) {
          floats.set(Tensor.LE_FLOAT, i * Float.BYTES, get(tensor, from + i));
        }
      }
      case FLOAT16 -> {
        for (long i = 0; i < count; i++) {
          short bits = data.get(Tensor.LE_SHORT, (from + i) * Short.BYTES);
          floats.set(Tensor.LE_FLOAT, i * Float.BYTES, Float.float16ToFloat(bits));
        }
      }
      default -> throw new IllegalArgumentException("has no elements to read: " + tensor);
    }
  }

  /** The elements as a float32 tensor on the heap; the tensor itself where it is one. */
  public static Tensor toFloat32(Tensor tensor) {
    if (tensor.dtype() == DType.FLOAT32) {
      return tensor;
    }
    MemorySegment floats = HeapMemory.allocate(DType.FLOAT32.bytes(tensor.shape().elements()));
    read(tensor, 0, floats);
    return Tensor.of(DType.FLOAT32, tensor.shape(), floats);
  }

  /**
   * Rounds elements of a float32 tensor to a type.
   *
   * @param to exactly as many bytes as they need
   */
  public static void write(Tensor floats, DType type, MemorySegment to) {
    long count = floats.shape().elements();
    switch (type) {
      case FLOAT32 -> to.copyFrom(floats.data());
      case FLOAT64 -> {
        for (long i = 0; i < count; i++) {
          to.set(Tensor.LE_DOUBLE, i * Double.BYTES, floats.getFloat(i));
        }
      }
      case FLOAT16 -> {
        for (long i = 0; i < count; i++) {
          to.set(Tensor.LE_SHORT, i * Short.BYTES, Float.floatToFloat16(floats.getFloat(i)));
        }
      }
      case BFLOAT16 -> {
        for (long i = 0; i < count; i++) {
          to.set(Tensor.LE_SHORT, i * Short.BYTES, toBfloat16(floats.getFloat(i)));
        }
      }
      default -> throw new IllegalArgumentException("no type that floats are rounded to: " + type);
    }
  }

  /** The elements of a float32 tensor in a type; the tensor itself where that is its own. */
  public static Tensor toType(Tensor floats, DType type) {
    if (type == DType.FLOAT32) {
      return floats;
    }
    MemorySegment to = HeapMemory.allocate(type.bytes(floats.shape().elements()));
    write(floats, type, to);
    return Tensor.of(type, floats.shape(), to);
  }

  /** The least positive FLOAT16 that is not less, within what FLOAT16 can hold. */
  public static float ceilFloat16(float value) {
    if (value >= FLOAT16_MAX) {
      return FLOAT16_MAX;
    }
    short bits = Float.floatToFloat16(Math.max(value, FLOAT16_MIN));
    float near = Float.float16ToFloat(bits);
    return near >= value ? near : Float.float16ToFloat((short) (bits + 1));
  }

  private static float fromBfloat16(short bits) {
    return Float.intBitsToFloat(bits << Short.SIZE);
  }

  /** The bits of the nearest BFLOAT16, halves to the even one. */
  public static short toBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> Short.SIZE) | 0x40);
    }
    int half = 0x7fff + ((bits >>> Short.SIZE) & 1);
    return (short) ((bits + half) >>> Short.SIZE);
  }
}
