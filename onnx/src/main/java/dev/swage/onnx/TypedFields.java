package dev.swage.onnx;

import dev.swage.onnx.wire.TensorProto;
import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The typed data fields of wire tensors as little-endian bytes. ONNX stores float in {@code
 * float_data}, double in {@code double_data}, int64 in {@code int64_data}, uint32 and uint64 in
 * {@code uint64_data}, and all others in {@code int32_data}: one entry per element, or per packed
 * byte of the types narrower than a byte.
 */
final class TypedFields {
  private TypedFields() {}

  /** Entries in the field that belongs to this type. */
  static int count(TensorProto proto, DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> proto.getFloatDataCount();
      case FLOAT64 -> proto.getDoubleDataCount();
      case INT64 -> proto.getInt64DataCount();
      case UINT32, UINT64 -> proto.getUint64DataCount();
      default -> proto.getInt32DataCount();
    };
  }

  static MemorySegment toLittleEndian(TensorProto proto, DType dtype, String where) {
    int count = count(proto, dtype);
    int width = Math.max(1, dtype.bits() / 8);
    long bytes = (long) count * width;
    MemorySegment out = HeapMemory.allocate(bytes);
    for (int i = 0; i < count; i++) {
      long offset = (long) i * width;
      switch (dtype) {
        case FLOAT32 -> out.set(Tensor.LE_FLOAT, offset, proto.getFloatData(i));
        case FLOAT64 -> out.set(Tensor.LE_DOUBLE, offset, proto.getDoubleData(i));
        case INT64 -> out.set(Tensor.LE_LONG, offset, proto.getInt64Data(i));
        case UINT64 -> out.set(Tensor.LE_LONG, offset, proto.getUint64Data(i));
        case UINT32 -> out.set(Tensor.LE_INT, offset, narrow(proto.getUint64Data(i), 32, where));
        default -> putInt(out, offset, width, narrow(proto.getInt32Data(i), width * 8, where));
      }
    }
    return out;
  }

  private static void putInt(MemorySegment out, long offset, int width, int value) {
    switch (width) {
      case 1 -> out.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
      case 2 -> out.set(Tensor.LE_SHORT, offset, (short) value);
      default -> out.set(Tensor.LE_INT, offset, value);
    }
  }

  private static int narrow(long value, int bits, String where) {
    if (value < -(1L << (bits - 1)) || value >= 1L << bits) {
      throw new OnnxException(where + "value " + value + " does not fit into " + bits + " bits");
    }
    return (int) value;
  }
}
