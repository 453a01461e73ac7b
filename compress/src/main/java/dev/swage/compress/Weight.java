package dev.swage.compress;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A floating-point constant of a graph, and who reads it.
 *
 * @param name initializer, or output of a Constant node
 * @param uses the nodes of the graph itself that read it
 * @param inSubgraph whether a graph inside a node reads it or holds it
 */
record Weight(String name, Tensor tensor, List<Use> uses, boolean inSubgraph) {

  /** One input of one node. */
  record Use(Node node, int index) {}

  /** All floating-point weights of a graph and of the graphs within it, in file order. */
  static List<Weight> of(Graph graph) {
    Map<String, Tensor> constants = constants(graph);
    Map<String, List<Use>> uses = new LinkedHashMap<>();
    Set<String> captured = new HashSet<>();
    List<Weight> nested = new ArrayList<>();
    for (Node node : graph.nodes()) {
      for (int i = 0; i < node.inputs().size(); i++) {
        uses.computeIfAbsent(node.input(i), name -> new ArrayList<>()).add(new Use(node, i));
      }
      for (Graph inner : subgraphs(node)) {
        captured.addAll(namesRead(inner));
        for (Weight weight : of(inner)) {
          nested.add(new Weight(weight.name, weight.tensor, weight.uses, true));
        }
      }
    }
    List<Weight> weights = new ArrayList<>();
    constants.forEach((name, tensor) ->
        weights.add(
            new Weight(name, tensor, uses.getOrDefault(name, List.of()), captured.contains(name))));
    weights.addAll(nested);
    return weights.stream().filter(weight -> weight.tensor.dtype().isFloat()).toList();
  }

  private static Map<String, Tensor> constants(Graph graph) {
    Map<String, Tensor> constants = new LinkedHashMap<>(graph.initializers());
    for (Node node : graph.nodes()) {
      if (node.is("Constant")
          && node.attributes().get("value") instanceof Attribute.TensorValue(Tensor value)) {
        constants.put(node.outputs().getFirst(), value);
      }
    }
    return constants;
  }

  /** Graphs in a node's attributes: branches, loop bodies. */
  static List<Graph> subgraphs(Node node) {
    List<Graph> graphs = new ArrayList<>();
    for (Attribute attribute : node.attributes().values()) {
      if (attribute instanceof Attribute.GraphValue(Graph value)) {
        graphs.add(value);
      }
    }
    return graphs;
  }

  private static Set<String> namesRead(Graph graph) {
    Set<String> names = new HashSet<>();
    for (Node node : graph.nodes()) {
      names.addAll(node.inputs());
      subgraphs(node).forEach(inner -> names.addAll(namesRead(inner)));
    }
    graph.outputs().forEach(output -> names.add(output.name()));
    return names;
  }
}
