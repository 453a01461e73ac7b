package dev.swage.graph.pass;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.ValueInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** New names for values, in every node and every graph inside one that reads them. */
public final class Renaming {
  private Renaming() {}

  /** The nodes with these values renamed where they are read and where they are written. */
  public static List<Node> apply(List<Node> nodes, Map<String, String> names) {
    return names.isEmpty() ? nodes : nodes.stream().map(node -> apply(node, names)).toList();
  }

  private static Node apply(Node node, Map<String, String> names) {
    return node.withInputs(renamed(node.inputs(), names))
        .withOutputs(renamed(node.outputs(), names))
        .mapSubgraphs(inner -> inside(inner, names));
  }

  private static List<String> renamed(List<String> values, Map<String, String> names) {
    return values.stream().map(value -> names.getOrDefault(value, value)).toList();
  }

  /** A graph inside a node: names it defines itself are its own. */
  private static Graph inside(Graph graph, Map<String, String> names) {
    Map<String, String> outer = new HashMap<>(names);
    graph.inputs().forEach(input -> outer.remove(input.name()));
    outer.keySet().removeAll(graph.initializers().keySet());
    outer.keySet().removeAll(graph.opaqueInitializers());
    graph.nodes().forEach(node -> outer.keySet().removeAll(node.outputs()));
    if (outer.isEmpty()) {
      return graph;
    }
    List<ValueInfo> outputs =
        graph.outputs().stream()
            .map(o -> {
              String name = outer.getOrDefault(o.name(), o.name());
              return name.equals(o.name()) ? o : new ValueInfo(name, o.dtype(), o.dims());
            })
            .toList();
    return graph.toBuilder().nodes(apply(graph.nodes(), outer)).outputs(outputs).build();
  }
}
