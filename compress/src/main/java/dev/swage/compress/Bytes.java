package dev.swage.compress;

import dev.swage.kernel.Quantization;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Heap memory for tensors, and codes between one byte each and packed. */
final class Bytes {
  private Bytes() {}

  /** Zeroed heap memory, aligned for every element type. */
  static MemorySegment allocate(long bytes) {
    return MemorySegment.ofArray(new long[Math.toIntExact(Math.ceilDiv(bytes, 8L))])
        .asSlice(0, bytes);
  }

  /** A tensor of codes of at most 8 bits from ints. */
  static Tensor pack(DType dtype, Shape shape, int[] codes) {
    MemorySegment bytes = allocate(codes.length);
    for (int i = 0; i < codes.length; i++) {
      bytes.set(ValueLayout.JAVA_BYTE, i, (byte) codes[i]);
    }
    if (dtype.bits() == 8) {
      return Tensor.of(dtype, shape, bytes);
    }
    MemorySegment packed = allocate(dtype.bytes(codes.length));
    Quantization.pack(bytes, packed, dtype.bits());
    return Tensor.of(dtype, shape, packed);
  }

  /** The codes of a tensor, one byte each. */
  static MemorySegment unpack(Tensor codes) {
    if (codes.dtype().bits() == 8) {
      return codes.data();
    }
    MemorySegment bytes = allocate(codes.shape().elements());
    Quantization.unpack(codes.data(), bytes, codes.dtype().bits(), codes.dtype().isSigned());
    return bytes;
  }
}
