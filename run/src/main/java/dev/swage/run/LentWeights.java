package dev.swage.run;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.swage.onnx.ExternalData;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.tensor.MappedMemory;
import dev.swage.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The large weights of a model in memory, lent to ONNX Runtime: it reads them where they lie, and
 * the message that it parses holds the rest only. They must outlive the session. Weights on the
 * heap, of mapped files, or at addresses that kernels may not take, are copied once to native
 * memory.
 */
final class LentWeights implements AutoCloseable {
  /** Smaller weights are not worth it. */
  private static final long LEAST = 1 << 16;

  private static final int ALIGNMENT = 64;
  private static final String LOCATION = "lent";

  private final OnnxModel model;
  private final Arena arena = Arena.ofShared();
  private final Map<String, OnnxTensorLike> tensors = new LinkedHashMap<>();

  private LentWeights(OnnxModel model) {
    this.model = model;
  }

  /** The weights of the main graph that can be lent. */
  static LentWeights of(OnnxModel model, OrtEnvironment environment) throws OrtException {
    LentWeights weights = new LentWeights(model);
    try {
      for (Map.Entry<String, Tensor> weight : model.graph().initializers().entrySet()) {
        Optional<OnnxJavaType> type = lentAs(weight.getValue());
        if (type.isPresent()) {
          weights.tensors.put(
              weight.getKey(), weights.lend(environment, weight.getValue(), type.get()));
        }
      }
      return weights;
    } catch (OrtException | RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  private static Optional<OnnxJavaType> lentAs(Tensor tensor) {
    return tensor.byteSize() >= LEAST && tensor.byteSize() <= Integer.MAX_VALUE
        ? OrtTypes.toJava(tensor.dtype())
        : Optional.empty();
  }

  private OnnxTensor lend(OrtEnvironment environment, Tensor tensor, OnnxJavaType type)
      throws OrtException {
    MemorySegment data = MappedMemory.forNativeCode(tensor.data(), arena, ALIGNMENT);
    if (data.address() % ALIGNMENT != 0) {
      data = arena.allocate(tensor.byteSize(), ALIGNMENT).copyFrom(data);
    }
    return OrtTypes.tensor(environment, data, tensor.shape(), type);
  }

  Map<String, OnnxTensorLike> tensors() {
    return tensors;
  }

  /** The model without the weights that are lent. */
  byte[] message() {
    return tensors.isEmpty()
        ? OnnxWriter.toBytes(model)
        : OnnxWriter.toBytes(model, new ExternalData.Chosen(tensors.keySet()), LOCATION);
  }

  @Override
  public void close() {
    tensors.values().forEach(OnnxTensorLike::close);
    arena.close();
  }
}
