package dev.swage.graph;

import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/** Refuses every model. */
enum NoEvaluator implements GraphEvaluator {
  NONE;

  @Override
  public Optional<List<Tensor>> compute(OnnxModel model) {
    return Optional.empty();
  }

  @Override
  public Optional<List<ValueInfo>> infer(OnnxModel model) {
    return Optional.empty();
  }
}
