package dev.swage.graph.opset;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Attributes that became inputs. */
final class InputAdapters {
  private InputAdapters() {}

  /** A node with these inputs and without these attributes. */
  static Node with(Node node, List<String> inputs, String... withoutAttributes) {
    Map<String, Attribute> attributes = new LinkedHashMap<>(node.attributes());
    attributes.keySet().removeAll(List.of(withoutAttributes));
    return new Node(node.name(), node.opType(), node.domain(), inputs, node.outputs(), attributes);
  }

  private static List<String> plus(Node node, String... more) {
    List<String> inputs = new ArrayList<>(node.inputs());
    inputs.addAll(List.of(more));
    while (inputs.getLast().isEmpty()) {
      inputs.removeLast();
    }
    return inputs;
  }

  private static String integers(Node node, Adaptation graph, String attribute) {
    return node.attributes().containsKey(attribute)
        ? graph.integers(node, attribute, node.intsAttribute(attribute))
        : "";
  }

  static List<Node> axes(Node node, Adaptation graph) {
    return node.attributes().containsKey("axes")
        ? List.of(with(node, plus(node, integers(node, graph, "axes")), "axes"))
        : List.of(node);
  }

  static List<Node> split(Node node, Adaptation graph) {
    return node.attributes().containsKey("split")
        ? List.of(with(node, plus(node, integers(node, graph, "split")), "split"))
        : List.of(node);
  }

  /** Equal parts have to say from opset 18 on how many they are. */
  static List<Node> splitCount(Node node, Adaptation graph) {
    return node.input(1).isEmpty()
        ? List.of(node.with("num_outputs", Attribute.of((long) node.outputs().size())))
        : List.of(node);
  }

  static List<Node> slice(Node node, Adaptation graph) {
    return List.of(
        with(
            node,
            plus(
                node,
                integers(node, graph, "starts"),
                integers(node, graph, "ends"),
                integers(node, graph, "axes")),
            "starts",
            "ends",
            "axes"));
  }

  static List<Node> topK(Node node, Adaptation graph) {
    String k = graph.integers(node, "k", node.intAttribute("k", 1));
    return List.of(with(node, plus(node, k), "k"));
  }

  static List<Node> upsampleScales(Node node, Adaptation graph) {
    if (!(node.attributes().get("scales") instanceof Attribute.FloatsValue scales)) {
      throw graph.impossible(node, 9, "it has no scales");
    }
    float[] values = new float[scales.values().size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = scales.values().get(i);
    }
    String input = graph.constant(node, "scales", Tensor.ofFloats(Shape.of(values.length), values));
    return List.of(with(node, plus(node, input), "scales"));
  }

  static List<Node> clip(Node node, Adaptation graph) {
    return List.of(
        with(node, plus(node, bound(node, graph, "min"), bound(node, graph, "max")), "min", "max"));
  }

  private static String bound(Node node, Adaptation graph, String attribute) {
    return node.attributes().containsKey(attribute)
        ? graph.scalarLike(node, attribute, node.input(0), node.floatAttribute(attribute, 0))
        : "";
  }

  static List<Node> pad(Node node, Adaptation graph) {
    float value = node.floatAttribute("value", 0);
    String constant = value == 0 ? "" : graph.scalarLike(node, "value", node.input(0), value);
    String pads = graph.integers(node, "pads", node.intsAttribute("pads"));
    return List.of(with(node, plus(node, pads, constant), "pads", "value"));
  }

  static List<Node> dftAxis(Node node, Adaptation graph) {
    Tensor axis = Tensor.ofLongs(Shape.of(), node.intAttribute("axis", 1));
    String input = graph.constant(node, "axis", axis);
    return List.of(with(node, List.of(node.input(0), node.input(1), input), "axis"));
  }
}
