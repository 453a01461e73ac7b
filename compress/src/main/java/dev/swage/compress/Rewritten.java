package dev.swage.compress;

import dev.swage.compress.qdq.QdqModel;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A model after its plan was carried out.
 *
 * @param plan what was carried out
 * @param stored the initializers that carry codes, scales and zero points, by name and path
 * @param coded the part with fixed ranges: which of its nodes are to run on codes
 */
record Rewritten(OnnxModel model, ModelPlan plan, Map<String, Tensor> stored, QdqModel coded) {
  Rewritten {
    stored = Collections.unmodifiableMap(new LinkedHashMap<>(stored));
  }
}
