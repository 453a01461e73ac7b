package dev.swage.run;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.MappedMemory;
import dev.swage.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Inputs in the form ONNX Runtime reads in place: native tensors are used where they lie, tensors
 * on the heap or of mapped files are copied once to native memory that lives until {@link #close}.
 */
public final class BoundInputs implements AutoCloseable {
  private static final int ALIGNMENT = 64;

  private final Arena arena = Arena.ofShared();
  private final Map<String, OnnxTensor> tensors = new LinkedHashMap<>();

  private BoundInputs() {}

  /** Binds tensors that were checked against these descriptions. */
  static BoundInputs bind(OrtEnvironment environment, List<ValueInfo> wanted, List<Tensor> tensors)
      throws OrtException {
    BoundInputs bound = new BoundInputs();
    try {
      for (int i = 0; i < tensors.size(); i++) {
        bound.tensors.put(wanted.get(i).name(), bound.create(environment, tensors.get(i)));
      }
      return bound;
    } catch (OrtException | RuntimeException e) {
      bound.close();
      throw e;
    }
  }

  private OnnxTensor create(OrtEnvironment environment, Tensor tensor) throws OrtException {
    OnnxJavaType type =
        OrtTypes.toJava(tensor.dtype())
            .orElseThrow(() ->
                new RunException(
                    "ONNX Runtime's Java API takes no " + tensor.dtype() + " tensors"));
    if (tensor.byteSize() > Integer.MAX_VALUE) {
      throw new RunException(
          "ONNX Runtime's Java API takes at most 2 GiB per tensor, got %d bytes of %s"
              .formatted(tensor.byteSize(), tensor));
    }
    MemorySegment data = MappedMemory.forNativeCode(tensor.data(), arena, ALIGNMENT);
    return OrtTypes.tensor(environment, data, tensor.shape(), type);
  }

  Map<String, OnnxTensor> tensors() {
    return tensors;
  }

  @Override
  public void close() {
    tensors.values().forEach(OnnxTensor::close);
    arena.close();
  }
}
