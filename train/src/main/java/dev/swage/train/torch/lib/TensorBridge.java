package dev.swage.train.torch.lib;

import dev.swage.onnx.OnnxException;
import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import java.lang.foreign.MemorySegment;
import org.bytedeco.pytorch.LongArrayRef;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Between host tensors and libtorch's, and libtorch's memory as segments. */
public final class TensorBridge {
  private TensorBridge() {}

  /** A libtorch tensor with a copy of a host tensor's elements. */
  public static Tensor upload(dev.swage.tensor.Tensor given) {
    dev.swage.tensor.Tensor host = HeldTypes.widen(given);
    Tensor tensor = empty(scalarType(host.dtype()), host.shape().toArray());
    memory(tensor, host.byteSize()).copyFrom(host.data());
    return tensor;
  }

  /** A host tensor with a copy of a libtorch tensor's elements. */
  public static dev.swage.tensor.Tensor download(Tensor tensor) {
    DType dtype = dtype(tensor);
    Shape shape = shape(tensor);
    long bytes = dtype.bytes(shape.elements());
    MemorySegment copy = HeapMemory.allocate(bytes);
    copy.copyFrom(memory(tensor.contiguous(), bytes));
    return dev.swage.tensor.Tensor.of(dtype, shape, copy);
  }

  /** The same as an element type that libtorch holds in another one. */
  public static dev.swage.tensor.Tensor download(Tensor tensor, DType as) {
    return HeldTypes.narrow(download(tensor), as);
  }

  public static Tensor empty(ScalarType type, long... dims) {
    return torch.empty(
        dims,
        new TensorOptions(type)
            .device(new org.bytedeco.pytorch.DeviceOptional(TorchRuntime.device())),
        new MemoryFormatOptional());
  }

  public static Tensor zeros(long... dims) {
    return empty(ScalarType.Float, dims).zero_();
  }

  public static Tensor ofLongs(long... values) {
    return upload(dev.swage.tensor.Tensor.ofLongs(Shape.of(values.length), values));
  }

  /** The memory of a contiguous tensor; valid as long as the tensor is. */
  // Restricted: the address and size are libtorch's own, and the tensor's owner outlives the view.
  @SuppressWarnings("restricted")
  public static MemorySegment memory(Tensor tensor, long bytes) {
    if (bytes == 0) {
      return MemorySegment.NULL;
    }
    return MemorySegment.ofAddress(tensor.data_ptr().address()).reinterpret(bytes);
  }

  /** The memory of a float32 tensor, made contiguous if it is not. */
  public static MemorySegment floats(Tensor tensor) {
    return memory(tensor.contiguous(), DType.FLOAT32.bytes(tensor.numel()));
  }

  /** The elements of an integer tensor as longs. */
  public static long[] longs(Tensor tensor) {
    return download(tensor.to(ScalarType.Long)).toLongs();
  }

  public static Shape shape(Tensor tensor) {
    return Shape.of(dims(tensor));
  }

  public static long[] dims(Tensor tensor) {
    LongArrayRef sizes = tensor.sizes();
    long[] dims = new long[Math.toIntExact(tensor.dim())];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = sizes.at(i);
    }
    return dims;
  }

  /** The type that holds these elements in libtorch. */
  public static ScalarType scalarType(DType dtype) {
    return switch (HeldTypes.held(dtype)) {
      case FLOAT32 -> ScalarType.Float;
      case FLOAT64 -> ScalarType.Double;
      case FLOAT16 -> ScalarType.Half;
      case BFLOAT16 -> ScalarType.BFloat16;
      case INT64 -> ScalarType.Long;
      case INT32 -> ScalarType.Int;
      case INT16 -> ScalarType.Short;
      case INT8 -> ScalarType.Char;
      case UINT8 -> ScalarType.Byte;
      case BOOL -> ScalarType.Bool;
      case FLOAT8E4M3FN -> ScalarType.Float8_e4m3fn;
      case FLOAT8E4M3FNUZ -> ScalarType.Float8_e4m3fnuz;
      case FLOAT8E5M2 -> ScalarType.Float8_e5m2;
      case FLOAT8E5M2FNUZ -> ScalarType.Float8_e5m2fnuz;
      default -> throw new OnnxException("element type " + dtype + " cannot be trained with");
    };
  }

  /** The element type as libtorch has it. */
  public static DType dtype(Tensor tensor) {
    ScalarType type = tensor.scalar_type().intern();
    for (DType dtype :
        new DType[] {
          DType.FLOAT32,
          DType.INT64,
          DType.BOOL,
          DType.INT32,
          DType.FLOAT64,
          DType.FLOAT16,
          DType.BFLOAT16,
          DType.INT16,
          DType.INT8,
          DType.UINT8,
          DType.FLOAT8E4M3FN,
          DType.FLOAT8E4M3FNUZ,
          DType.FLOAT8E5M2,
          DType.FLOAT8E5M2FNUZ
        }) {
      if (scalarType(dtype) == type) {
        return dtype;
      }
    }
    throw new IllegalStateException("libtorch computed a tensor of type " + type);
  }
}
