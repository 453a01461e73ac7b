package dev.swage.onnx;

import dev.swage.tensor.DType;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** ONNX's numbers for element types, as files and attributes have them. */
public final class WireTypes {
  private static final Map<DType, Integer> CODES = new EnumMap<>(DType.class);
  private static final DType[] TYPES = new DType[32];

  static {
    put(DType.FLOAT32, 1);
    put(DType.UINT8, 2);
    put(DType.INT8, 3);
    put(DType.UINT16, 4);
    put(DType.INT16, 5);
    put(DType.INT32, 6);
    put(DType.INT64, 7);
    put(DType.BOOL, 9);
    put(DType.FLOAT16, 10);
    put(DType.FLOAT64, 11);
    put(DType.UINT32, 12);
    put(DType.UINT64, 13);
    put(DType.BFLOAT16, 16);
    put(DType.FLOAT8E4M3FN, 17);
    put(DType.FLOAT8E4M3FNUZ, 18);
    put(DType.FLOAT8E5M2, 19);
    put(DType.FLOAT8E5M2FNUZ, 20);
    put(DType.UINT4, 21);
    put(DType.INT4, 22);
    put(DType.FLOAT4E2M1, 23);
    put(DType.UINT2, 25);
    put(DType.INT2, 26);
  }

  private WireTypes() {}

  private static void put(DType dtype, int code) {
    CODES.put(dtype, code);
    TYPES[code] = dtype;
  }

  static int code(DType dtype) {
    Integer code = CODES.get(dtype);
    if (code == null) {
      throw new OnnxException("ONNX has no element type for " + dtype);
    }
    return code;
  }

  /** Empty for strings, complex numbers and types newer than Swage. */
  public static Optional<DType> dtype(int code) {
    return code > 0 && code < TYPES.length ? Optional.ofNullable(TYPES[code]) : Optional.empty();
  }
}
