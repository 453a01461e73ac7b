package dev.swage.graph.facts;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
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
      value(node).ifPresent(tensor -> constants.put(node.outputs().getFirst(), tensor));
    }
    return constants;
  }

  /** What a Constant node holds, if it is numbers in a tensor. */
  public static Optional<Tensor> value(Node node) {
    if (!node.is("Constant")) {
      return Optional.empty();
    }
    Optional<Tensor> tensor = node.constantTensor();
    if (tensor.isPresent()) {
      return tensor;
    }
    Map<String, Attribute> attributes = node.attributes();
    if (attributes.get("value_float") instanceof Attribute.FloatValue(float one)) {
      return Optional.of(Tensor.ofFloats(Shape.of(), one));
    }
    if (attributes.get("value_int") instanceof Attribute.IntValue(long one)) {
      return Optional.of(Tensor.ofLongs(Shape.of(), one));
    }
    if (attributes.get("value_ints") instanceof Attribute.IntsValue ints) {
      long[] values = ints.values().stream().mapToLong(Long::longValue).toArray();
      return Optional.of(Tensor.ofLongs(Shape.of(values.length), values));
    }
    if (attributes.get("value_floats") instanceof Attribute.FloatsValue floats) {
      float[] values = new float[floats.values().size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = floats.values().get(i);
      }
      return Optional.of(Tensor.ofFloats(Shape.of(values.length), values));
    }
    return Optional.empty();
  }
}
