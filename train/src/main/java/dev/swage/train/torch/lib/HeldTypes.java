package dev.swage.train.torch.lib;

import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Element types that libtorch has not, or cannot compute with, are held in wider ones: what is
 * narrower than a byte in bytes, unsigned integers in signed ones of twice the width (of 64 bits:
 * the same bits), FLOAT4E2M1 in float32. What leaves as the narrow type again keeps the low bits.
 */
public final class HeldTypes {
  /** Values of FLOAT4E2M1 without its sign. */
  private static final float[] FLOAT4 = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};

  private HeldTypes() {}

  /** The type that holds it in libtorch. */
  public static DType held(DType type) {
    return switch (type) {
      case UINT16 -> DType.INT32;
      case UINT32, UINT64 -> DType.INT64;
      case INT4, INT2 -> DType.INT8;
      case UINT4, UINT2 -> DType.UINT8;
      case FLOAT4E2M1 -> DType.FLOAT32;
      default -> type;
    };
  }

  /** The same values in the type that holds them. */
  static Tensor widen(Tensor host) {
    DType to = held(host.dtype());
    if (to == host.dtype()) {
      return host;
    }
    int count = Math.toIntExact(host.shape().elements());
    MemorySegment data = HeapMemory.allocate(to.bytes(count));
    for (int i = 0; i < count; i++) {
      long bits = bits(host, i);
      if (host.dtype() == DType.FLOAT4E2M1) {
        float magnitude = FLOAT4[(int) bits & 7];
        data.set(Tensor.LE_FLOAT, i * 4L, (bits & 8) == 0 ? magnitude : -magnitude);
      } else {
        write(data, to.bits(), i, bits);
      }
    }
    return Tensor.of(to, host.shape(), data);
  }

  /** The values that a tensor of the type {@link #held} holds. */
  public static Tensor narrow(Tensor host, DType to) {
    if (host.dtype() == to || host.dtype() != held(to)) {
      return host;
    }
    int count = Math.toIntExact(host.shape().elements());
    MemorySegment data = HeapMemory.allocate(to.bytes(count));
    for (int i = 0; i < count; i++) {
      long bits = to == DType.FLOAT4E2M1 ? float4(host.getFloat(i)) : bits(host, i);
      if (to.bits() < 8) {
        int shift = i * to.bits() % 8;
        long at = (long) i * to.bits() / 8;
        int mask = (1 << to.bits()) - 1;
        int others = data.get(ValueLayout.JAVA_BYTE, at);
        data.set(ValueLayout.JAVA_BYTE, at, (byte) (others | ((int) bits & mask) << shift));
      } else {
        write(data, to.bits(), i, bits);
      }
    }
    return Tensor.of(to, host.shape(), data);
  }

  /** The elements of integers or truth values. */
  public static long[] longs(Tensor host) {
    long[] longs = new long[Math.toIntExact(host.shape().elements())];
    java.util.Arrays.setAll(longs, i -> bits(host, i));
    return longs;
  }

  private static void write(MemorySegment data, int width, int index, long bits) {
    switch (width) {
      case 8 -> data.set(ValueLayout.JAVA_BYTE, index, (byte) bits);
      case 16 -> data.set(Tensor.LE_SHORT, index * 2L, (short) bits);
      case 32 -> data.set(Tensor.LE_INT, index * 4L, (int) bits);
      default -> data.set(Tensor.LE_LONG, index * 8L, bits);
    }
  }

  /** An element's bits, with the sign of a signed integer before them. */
  private static long bits(Tensor host, int index) {
    MemorySegment data = host.data();
    int width = host.dtype().bits();
    long bits =
        switch (width) {
          case 16 -> data.get(Tensor.LE_SHORT, index * 2L);
          case 32 -> data.get(Tensor.LE_INT, index * 4L);
          case 64 -> data.get(Tensor.LE_LONG, index * 8L);
          default -> data.get(ValueLayout.JAVA_BYTE, (long) index * width / 8) >> index * width % 8;
        };
    int above = 64 - width;
    return host.dtype().isSigned() && host.dtype().isInteger()
        ? bits << above >> above
        : bits << above >>> above;
  }

  /** Of a value that is one of FLOAT4E2M1's. */
  private static long float4(float value) {
    int code = 0;
    for (int i = 1; i < FLOAT4.length; i++) {
      if (FLOAT4[i] <= Math.abs(value)) {
        code = i;
      }
    }
    return code | (Math.copySign(1f, value) < 0 ? 8 : 0);
  }
}
