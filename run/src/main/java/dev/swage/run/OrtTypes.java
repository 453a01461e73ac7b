package dev.swage.run;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Element types and value descriptions between ONNX Runtime's names and Swage's. */
final class OrtTypes {
  private OrtTypes() {}

  /** The type of buffers ONNX Runtime's Java API takes for this element type, if it takes any. */
  static Optional<OnnxJavaType> toJava(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> Optional.of(OnnxJavaType.FLOAT);
      case FLOAT64 -> Optional.of(OnnxJavaType.DOUBLE);
      case FLOAT16 -> Optional.of(OnnxJavaType.FLOAT16);
      case BFLOAT16 -> Optional.of(OnnxJavaType.BFLOAT16);
      case INT64 -> Optional.of(OnnxJavaType.INT64);
      case INT32 -> Optional.of(OnnxJavaType.INT32);
      case INT16 -> Optional.of(OnnxJavaType.INT16);
      case INT8 -> Optional.of(OnnxJavaType.INT8);
      case UINT8 -> Optional.of(OnnxJavaType.UINT8);
      case BOOL -> Optional.of(OnnxJavaType.BOOL);
      default -> Optional.empty();
    };
  }

  /** A tensor of ONNX Runtime's over native memory of no file, which must outlive it. */
  static OnnxTensor tensor(
      OrtEnvironment environment, MemorySegment memory, Shape shape, OnnxJavaType type)
      throws OrtException {
    if (memory.isMapped()) {
      throw new IllegalArgumentException("a mapped file may be cut off while native code reads it");
    }
    return OnnxTensor.createTensor(
        environment, memory.asByteBuffer().order(ByteOrder.nativeOrder()), shape.toArray(), type);
  }

  /** The element type of a tensor ONNX Runtime describes; empty for strings and what it hides. */
  static Optional<DType> fromOrt(TensorInfo info) {
    return switch (info.onnxType) {
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT -> Optional.of(DType.FLOAT32);
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE -> Optional.of(DType.FLOAT64);
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 -> Optional.of(DType.FLOAT16);
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16 -> Optional.of(DType.BFLOAT16);
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 -> Optional.of(DType.INT64);
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32 -> Optional.of(DType.INT32);
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16 -> Optional.of(DType.INT16);
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8 -> Optional.of(DType.INT8);
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8 -> Optional.of(DType.UINT8);
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16 -> Optional.of(DType.UINT16);
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32 -> Optional.of(DType.UINT32);
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64 -> Optional.of(DType.UINT64);
      case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL -> Optional.of(DType.BOOL);
      default -> Optional.empty();
    };
  }

  /** A model's input or output as ONNX Runtime describes it. */
  static ValueInfo describe(String name, ai.onnxruntime.ValueInfo info) {
    if (!(info instanceof TensorInfo tensor)) {
      return new ValueInfo(name, Optional.empty(), Optional.empty());
    }
    List<ValueInfo.Dim> dims = new ArrayList<>();
    long[] shape = tensor.getShape();
    String[] names = tensor.getDimensionNames();
    for (int i = 0; i < shape.length; i++) {
      dims.add(
          shape[i] >= 0 ? new ValueInfo.Dim.Fixed(shape[i]) : new ValueInfo.Dim.Symbolic(names[i]));
    }
    return new ValueInfo(name, fromOrt(tensor), Optional.of(dims));
  }

  /** A value in an error message, as {@code 'x' FLOAT32[batch, 2]}. */
  static String format(ValueInfo value) {
    return "'%s' %s%s"
        .formatted(
            value.name(),
            value.dtype().map(DType::toString).orElse("of a type that is not a plain tensor"),
            value.dims().map(List::toString).orElse(""));
  }
}
