package dev.swage.compress;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Names of a model, as they are called once it is prepared. */
final class Exclusions {
  private final Set<String> constants = new HashSet<>();
  private final Map<String, String> writers = new HashMap<>();
  private final List<Node> before = new ArrayList<>();

  private Exclusions(Graph source, Graph prepared) {
    source.walk(graph -> before.addAll(graph.nodes()));
    GraphPath.walk(
        prepared,
        (path, graph) -> {
          constants.addAll(graph.initializers().keySet());
          for (Node node : graph.nodes()) {
            if (!node.name().isEmpty()) {
              node.outputs().forEach(output -> writers.put(output, path.key(node.name())));
            }
          }
        });
  }

  /**
   * The names to exclude in the prepared graph. A weight that went through a Reshape or Transpose
   * has become that node's output. One that was scaled, folded or shared with its equal has another
   * name: the nodes that compute what its readers computed stand for it. A node that is gone leaves
   * nothing to exclude but constants made by it. Names that neither graph has stay, to be
   * complained of.
   */
  static Set<String> follow(Set<String> names, Graph source, Graph prepared) {
    Exclusions exclusions = new Exclusions(source, prepared);
    Set<String> nodes = new HashSet<>();
    exclusions.before.forEach(node -> nodes.add(node.name()));
    Set<String> known = all(source);
    Set<String> left = all(prepared);
    Set<String> followed = new HashSet<>();
    for (String name : names) {
      if (left.contains(name) || !known.contains(name)) {
        followed.add(name);
      } else {
        followed.addAll(exclusions.madeOf(name, !nodes.contains(name)));
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

  /** The same, and the names of values. */
  static Set<String> all(Graph graph) {
    Set<String> names = named(graph);
    GraphPath.walk(
        graph,
        (path, inner) -> {
          for (Node node : inner.nodes()) {
            for (List<String> values : List.of(node.inputs(), node.outputs())) {
              names.addAll(values);
              values.forEach(value -> names.add(path.key(value)));
            }
          }
        });
    names.remove("");
    return names;
  }

  /**
   * What a name that is gone has become: the first constants behind it, and, for what is read, the
   * nodes that now write the first values behind it.
   */
  private Set<String> madeOf(String name, boolean isRead) {
    Set<String> made = new HashSet<>();
    Set<String> seen = new HashSet<>(Set.of(name));
    Deque<String> open = new ArrayDeque<>(seen);
    while (!open.isEmpty()) {
      String value = open.remove();
      for (Node node : before) {
        if (node.inputs().contains(value) || node.name().equals(value)) {
          node.outputs().stream()
              .filter(seen::add)
              .filter(output -> !isLeft(output, isRead, made))
              .forEach(open::add);
        }
      }
    }
    return made;
  }

  /** Whether a value is in the prepared graph: then nothing behind it was made of the name. */
  private boolean isLeft(String value, boolean isRead, Set<String> made) {
    if (constants.contains(value)) {
      made.add(value);
      return true;
    }
    String writer = writers.get(value);
    if (writer != null && isRead) {
      made.add(writer);
    }
    return writer != null;
  }
}
