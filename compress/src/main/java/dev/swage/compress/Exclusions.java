package dev.swage.compress;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Names of a model, as they are called once it is prepared. */
final class Exclusions {
  private Exclusions() {}

  /**
   * The names to exclude in the prepared graph. A weight that went through a Reshape or Transpose
   * has become that node's output; a node that is gone leaves nothing to exclude. Names that
   * neither graph has stay, to be complained of.
   */
  static Set<String> follow(Set<String> names, Graph source, Graph prepared) {
    Set<String> before = named(source);
    Set<String> after = named(prepared);
    Set<String> followed = new HashSet<>();
    for (String name : names) {
      if (after.contains(name) || !before.contains(name)) {
        followed.add(name);
      } else {
        followed.addAll(constantsMadeOf(name, source, prepared));
      }
    }
    return followed;
  }

  /**
   * The names of all weights and nodes: as they are, which may mean things in several branches, and
   * with the path of their graph.
   */
  static Set<String> named(Graph graph) {
    Set<String> names = new HashSet<>();
    for (Weight weight : Weight.of(graph)) {
      names.add(weight.name());
      names.add(weight.key());
    }
    GraphPath.walk(
        graph,
        (path, inner) -> {
          for (Node node : inner.nodes()) {
            names.add(node.name());
            names.add(path.key(node.name()));
          }
        });
    return names;
  }

  private static Set<String> constantsMadeOf(String name, Graph source, Graph prepared) {
    Set<String> constants = new HashSet<>();
    prepared.walk(graph -> constants.addAll(graph.initializers().keySet()));
    List<Node> nodes = new ArrayList<>();
    source.walk(graph -> nodes.addAll(graph.nodes()));
    Set<String> made = new HashSet<>();
    Set<String> seen = new HashSet<>(Set.of(name));
    Deque<String> open = new ArrayDeque<>(seen);
    while (!open.isEmpty()) {
      String value = open.remove();
      if (constants.contains(value)) {
        made.add(value);
        continue;
      }
      for (Node node : nodes) {
        boolean reads = node.inputs().contains(value) || node.name().equals(value);
        if (reads) {
          node.outputs().stream().filter(seen::add).forEach(open::add);
        }
      }
    }
    return made;
  }
}
