package dev.swage.tensor;

/**
 * Element types of tensors, named as in ONNX. Types narrower than a byte are packed, first element
 * in the lowest bits, as ONNX stores them.
 */
public enum DType {
  FLOAT32(32, Kind.FLOAT),
  FLOAT64(64, Kind.FLOAT),
  FLOAT16(16, Kind.FLOAT),
  BFLOAT16(16, Kind.FLOAT),
  FLOAT8E4M3FN(8, Kind.FLOAT),
  FLOAT8E4M3FNUZ(8, Kind.FLOAT),
  FLOAT8E5M2(8, Kind.FLOAT),
  FLOAT8E5M2FNUZ(8, Kind.FLOAT),
  FLOAT4E2M1(4, Kind.FLOAT),
  INT64(64, Kind.SIGNED),
  INT32(32, Kind.SIGNED),
  INT16(16, Kind.SIGNED),
  INT8(8, Kind.SIGNED),
  INT4(4, Kind.SIGNED),
  INT2(2, Kind.SIGNED),
  UINT64(64, Kind.UNSIGNED),
  UINT32(32, Kind.UNSIGNED),
  UINT16(16, Kind.UNSIGNED),
  UINT8(8, Kind.UNSIGNED),
  UINT4(4, Kind.UNSIGNED),
  UINT2(2, Kind.UNSIGNED),
  BOOL(8, Kind.BOOLEAN);

  private enum Kind {
    FLOAT,
    SIGNED,
    UNSIGNED,
    BOOLEAN
  }

  private final int bits;
  private final Kind kind;

  DType(int bits, Kind kind) {
    this.bits = bits;
    this.kind = kind;
  }

  /** Width of one element in bits. */
  public int bits() {
    return bits;
  }

  /**
   * Bytes that {@code elements} packed elements occupy, rounded up to a whole byte.
   *
   * @throws ArithmeticException if the count overflows a long
   */
  public long bytes(long elements) {
    return Math.ceilDiv(Math.multiplyExact(elements, (long) bits), 8L);
  }

  public boolean isFloat() {
    return kind == Kind.FLOAT;
  }

  /** Whether this is an integer type, signed or not; BOOL is none. */
  public boolean isInteger() {
    return kind == Kind.SIGNED || kind == Kind.UNSIGNED;
  }

  public boolean isSigned() {
    return kind == Kind.SIGNED || kind == Kind.FLOAT;
  }

  /** Smallest value of an integer type of at most 32 bits: −2^(b−1), or 0 when unsigned. */
  public int minInt() {
    requireNarrowInteger();
    return kind == Kind.UNSIGNED ? 0 : (int) -(1L << (bits - 1));
  }

  /** Largest value of an integer type of at most 32 bits (INT32, not UINT32). */
  public int maxInt() {
    requireNarrowInteger();
    return (int) (kind == Kind.UNSIGNED ? (1L << bits) - 1 : (1L << (bits - 1)) - 1);
  }

  private void requireNarrowInteger() {
    if (!isInteger() || bits > 32 || this == UINT32) {
      throw new IllegalArgumentException(this + " is not an integer type that fits in an int");
    }
  }
}
