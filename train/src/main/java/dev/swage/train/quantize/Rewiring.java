package dev.swage.train.quantize;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Outputs of a graph that are to be given by other nodes, under their own names. */
final class Rewiring {
  private Rewiring() {}

  /**
   * Outputs of the graph become what these values are renamed to, and keep their names: the node
   * that gave such a value gives it under another.
   *
   * @param quantized value to the one that takes its place
   */
  static Graph outputs(Graph graph, Map<String, String> quantized) {
    Map<String, String> swaps = new HashMap<>();
    graph
        .outputs()
        .forEach(output -> {
          String other = quantized.get(output.name());
          if (other != null) {
            swaps.put(output.name(), other);
            swaps.put(other, output.name());
          }
        });
    if (swaps.isEmpty()) {
      return graph;
    }
    List<Node> nodes = new ArrayList<>();
    for (Node node : graph.nodes()) {
      nodes.add(
          node.withInputs(node.inputs().stream().map(n -> swaps.getOrDefault(n, n)).toList())
              .withOutputs(node.outputs().stream().map(n -> swaps.getOrDefault(n, n)).toList()));
    }
    return graph.toBuilder().nodes(nodes).build();
  }

  /**
   * Lets readers read values again that stood before nodes that are gone.
   *
   * @param back output of a node that is gone to what it read
   */
  static Graph undo(Graph graph, Map<String, String> back) {
    Map<String, String> renamed = new HashMap<>();
    graph
        .outputs()
        .forEach(output -> {
          String before = back.get(output.name());
          if (before != null) {
            renamed.put(before, output.name());
          }
        });
    List<Node> nodes = new ArrayList<>();
    for (Node node : graph.nodes()) {
      nodes.add(
          node.withInputs(
                  node.inputs().stream()
                      .map(name -> back.getOrDefault(name, name))
                      .map(name -> renamed.getOrDefault(name, name))
                      .toList())
              .withOutputs(node.outputs().stream().map(n -> renamed.getOrDefault(n, n)).toList()));
    }
    return graph.toBuilder().nodes(nodes).build();
  }
}
