package dev.swage.compress.qdq;

import dev.swage.compress.plan.ModelPlan;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A rewritten model.
 *
 * @param model with QuantizeLinear and DequantizeLinear where the plan has codes
 * @param plan what was carried out
 * @param stored the initializers that carry codes, scales and zero points, by name
 * @param written the quantized nodes as they are in the model, by their planned names; a runtime
 *     with an integer kernel computes neither their outputs nor the floats of their weights
 */
public record QdqModel(
    OnnxModel model, ModelPlan plan, Map<String, Tensor> stored, Map<String, Node> written) {
  public QdqModel {
    stored = Collections.unmodifiableMap(new LinkedHashMap<>(stored));
    written = Collections.unmodifiableMap(new LinkedHashMap<>(written));
  }
}
