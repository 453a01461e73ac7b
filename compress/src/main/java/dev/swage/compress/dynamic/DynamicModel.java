package dev.swage.compress.dynamic;

import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A rewritten model.
 *
 * @param model whose activations become codes at run time where the plan says so
 * @param stored the initializers that carry codes, scales, zero points and biases, by the path of
 *     their graph and their name
 * @param written the quantized nodes as they are in the model
 */
public record DynamicModel(
    OnnxModel model, Map<GraphPath, Map<String, Tensor>> stored, List<Written> written) {
  public DynamicModel {
    Map<GraphPath, Map<String, Tensor>> copy = new LinkedHashMap<>();
    stored.forEach((path, tensors) ->
        copy.put(path, Collections.unmodifiableMap(new LinkedHashMap<>(tensors))));
    stored = Collections.unmodifiableMap(copy);
    written = List.copyOf(written);
  }

  /**
   * A quantized node.
   *
   * @param name as planned
   * @param path of the graph that it is in
   * @param node that reads the codes
   * @param codes name of the first weight's codes
   */
  public record Written(String name, GraphPath path, Node node, String codes) {}
}
