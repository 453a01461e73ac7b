package dev.swage.graph.facts;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.Tensor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Values of a graph that are the same at every run. */
public final class Constants {
  private Constants() {}

  /** The graph's own, and those of the graphs around it. */
  public static Map<String, Tensor> visible(Graph graph, Map<String, Tensor> outer) {
    Map<String, Tensor> constants = new HashMap<>(outer);
    Set<String> inputs = new HashSet<>();
    for (ValueInfo input : graph.inputs()) {
      inputs.add(input.name());
      constants.remove(input.name());
    }
    graph
        .initializers()
        .forEach((name, tensor) -> {
          if (!inputs.contains(name)) {
            constants.put(name, tensor);
          }
        });
    for (Node node : graph.nodes()) {
      node.outputs().forEach(constants::remove);
      node.constantValue().ifPresent(tensor -> constants.put(node.outputs().getFirst(), tensor));
    }
    return constants;
  }
}
