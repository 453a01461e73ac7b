package dev.swage.compress.speed;

import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Tensor;
import java.util.List;

/**
 * A model to choose nodes of.
 *
 * @param original that the chosen one must be faster than
 * @param prepared float model that is planned, and computes the same
 * @param sample one sample of its inputs
 */
public record MeasuredModel(OnnxModel original, OnnxModel prepared, List<Tensor> sample) {
  public MeasuredModel {
    sample = List.copyOf(sample);
  }
}
