package dev.swage.compress;

import dev.swage.kernel.Quantization;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Heap memory for tensors, and codes between one byte each and packed. */
final class Bytes {
  private Bytes() {}

  /** Zeroed heap memory, aligned for every element type. */
  static MemorySegment allocate(long bytes) {
    return MemorySegment.ofArray(new long[Math.toIntExact(Math.ceilDiv(bytes, 8L))])
        .asSlice(0, bytes);
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
