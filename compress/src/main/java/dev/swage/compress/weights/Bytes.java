package dev.swage.compress.weights;

import dev.swage.kernel.Quantization;
import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Codes between one byte each and packed. */
final class Bytes {
  private Bytes() {}

  /** A tensor of codes of one byte each, which are packed where the type is narrower. */
  static Tensor packed(DType storage, Shape shape, MemorySegment codes) {
    if (storage.bits() == 8) {
      return Tensor.of(storage, shape, codes);
    }
    MemorySegment packed = HeapMemory.allocate(storage.bytes(shape.elements()));
    Quantization.pack(codes, packed, storage.bits());
    return Tensor.of(storage, shape, packed);
  }

  /** The codes of a tensor, one byte each. */
  static MemorySegment unpack(Tensor codes) {
    if (codes.dtype().bits() == 8) {
      return codes.data();
    }
    MemorySegment bytes = HeapMemory.allocate(codes.shape().elements());
    Quantization.unpack(codes.data(), bytes, codes.dtype().bits(), codes.dtype().isSigned());
    return bytes;
  }
}
