package dev.swage.bench;

import dev.swage.tensor.Shape;
import java.lang.foreign.MemorySegment;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** libtorch tensors over native memory given to them: nothing is copied, nothing is freed. */
public final class TorchMemory {
  private TorchMemory() {}

  /** A float32 tensor over this memory. */
  public static Tensor floats(MemorySegment data, Shape shape) {
    requireSize(data, shape.elements() * Float.BYTES);
    return torch.from_blob(new FloatPointer(new Address(data)), shape.toArray());
  }

  /** An int64 tensor over this memory. */
  public static Tensor longs(MemorySegment data, Shape shape) {
    requireSize(data, shape.elements() * Long.BYTES);
    return torch.from_blob(
        new LongPointer(new Address(data)), shape.toArray(), torch.dtype(torch.ScalarType.Long));
  }

  private static void requireSize(MemorySegment data, long bytes) {
    if (!data.isNative() || data.byteSize() != bytes) {
      throw new IllegalArgumentException(
          "a tensor of %d bytes needs native memory of that size, got %s".formatted(bytes, data));
    }
  }

  /** A native address as JavaCPP's pointer type. */
  private static final class Address extends Pointer {
    Address(MemorySegment data) {
      this.address = data.address();
    }
  }
}
