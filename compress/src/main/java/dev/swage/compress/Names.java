package dev.swage.compress;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import java.util.HashSet;
import java.util.Set;

/** Names in use in a graph and in the graphs within it, to make new ones that clash with none. */
final class Names {
  private final Set<String> taken = new HashSet<>();

  Names(Graph graph) {
    collect(graph);
  }

  private void collect(Graph graph) {
    taken.addAll(graph.initializers().keySet());
    graph.inputs().forEach(value -> taken.add(value.name()));
    for (Node node : graph.nodes()) {
      taken.add(node.name());
      taken.addAll(node.inputs());
      taken.addAll(node.outputs());
      Weight.subgraphs(node).forEach(this::collect);
    }
  }

  /** The wanted name, or with a number behind it if that is taken; taken from now on. */
  String fresh(String wanted) {
    String name = wanted;
    for (int i = 2; !taken.add(name); i++) {
      name = wanted + "_" + i;
    }
    return name;
  }
}
