package dev.swage.graph.opset;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import java.util.ArrayList;
import java.util.List;

/** Changes of normalizations. */
final class NormalizationAdapters {
  private NormalizationAdapters() {}

  /**
   * {@code spatial = 0} normalized every position on its own: {@code (x − μ) / √(σ² + ε) · γ + β},
   * the parameters of shape {@code [C, D1, …]} broadcast over the batch.
   */
  static List<Node> withoutSpatial(Node node, Adaptation graph) {
    if (node.intAttribute("spatial", 1) != 0) {
      return node.attributes().containsKey("spatial")
          ? List.of(InputAdapters.with(node, node.inputs(), "spatial"))
          : List.of(node);
    }
    withoutStatistics(node, graph);
    String epsilon =
        graph.scalarLike(node, "epsilon", node.input(4), node.floatAttribute("epsilon", 1e-5f));
    String centred = graph.value(node, "centred");
    String variance = graph.value(node, "variance");
    String deviation = graph.value(node, "deviation");
    String normal = graph.value(node, "normal");
    String scaled = graph.value(node, "scaled");
    return List.of(
        graph.node(node, "Sub", List.of(node.input(0), node.input(3)), centred),
        graph.node(node, "Add", List.of(node.input(4), epsilon), variance),
        graph.node(node, "Sqrt", List.of(variance), deviation),
        graph.node(node, "Div", List.of(centred, deviation), normal),
        graph.node(node, "Mul", List.of(normal, node.input(1)), scaled),
        graph.node(node, "Add", List.of(scaled, node.input(2)), node.outputs().getFirst()));
  }

  /** Statistics among the outputs meant training. */
  static List<Node> withoutStatistics(Node node, Adaptation graph) {
    if (node.outputs().stream().skip(1).anyMatch(output -> !output.isEmpty())) {
      throw graph.impossible(
          node, 14, "it trains: statistics among its outputs are something else there");
    }
    return node.outputs().size() == 1
        ? List.of(node)
        : List.of(node.withOutputs(List.of(node.outputs().getFirst())));
  }

  /** Scale and bias were given per group, and are per channel since. */
  static List<Node> scalePerChannel(Node node, Adaptation graph) {
    long groups = node.intAttribute("num_groups", 1);
    String channels = graph.value(node, "channels");
    String size = graph.value(node, "group_size");
    String shape = graph.value(node, "group_shape");
    List<Node> nodes = new ArrayList<>();
    nodes.add(
        graph
            .node(node, "Shape", List.of(node.input(0)), channels)
            .with("start", Attribute.of(1L))
            .with("end", Attribute.of(2L)));
    String count = graph.integers(node, "groups", groups);
    nodes.add(graph.node(node, "Div", List.of(channels, count), size));
    nodes.add(
        graph.node(node, "Concat", List.of(count, size), shape).with("axis", Attribute.of(0L)));
    List<String> inputs = new ArrayList<>(List.of(node.input(0)));
    for (int i = 1; i <= 2; i++) {
      inputs.add(perChannel(node, i, shape, graph, nodes));
    }
    nodes.add(node.withInputs(inputs));
    return nodes;
  }

  /** {@code [G] → [G, 1] → [G, C/G] → [C]}. */
  private static String perChannel(
      Node node, int input, String shape, Adaptation graph, List<Node> nodes) {
    String role = input == 1 ? "scale" : "bias";
    String column = graph.value(node, role + "_column");
    String wide = graph.value(node, role + "_wide");
    String flat = graph.value(node, role);
    String toColumn = graph.integers(node, role + "_to_column", -1, 1);
    String toFlat = graph.integers(node, role + "_to_flat", -1);
    nodes.add(graph.node(node, "Reshape", List.of(node.input(input), toColumn), column));
    nodes.add(graph.node(node, "Expand", List.of(column, shape), wide));
    nodes.add(graph.node(node, "Reshape", List.of(wide, toFlat), flat));
    return flat;
  }
}
