package dev.swage.hybrid;

import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.lang.foreign.ValueLayout;

/**
 * Codes as a tensor of ONNX stores them: those of less than a byte packed, the lowest bits first.
 */
final class StoredCodes {
  private StoredCodes() {}

  static long[] of(Tensor tensor) {
    int bits = bits(tensor.dtype());
    boolean signed = tensor.dtype().isSigned();
    long[] codes = new long[Math.toIntExact(tensor.shape().elements())];
    for (int i = 0; i < codes.length; i++) {
      long at = (long) i * bits;
      int held = tensor.data().get(ValueLayout.JAVA_BYTE, at / 8) & 0xFF;
      int code = (held >> (int) (at % 8)) & ((1 << bits) - 1);
      codes[i] = signed && code >= (1 << (bits - 1)) ? code - (1 << bits) : code;
    }
    return codes;
  }

  private static int bits(DType type) {
    return switch (type) {
      case INT2, UINT2 -> 2;
      case INT4, UINT4 -> 4;
      case INT8, UINT8 -> 8;
      default -> throw new IllegalArgumentException("no codes are " + type);
    };
  }
}
