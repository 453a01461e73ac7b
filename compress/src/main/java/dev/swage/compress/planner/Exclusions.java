package dev.swage.compress.planner;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.weights.Weight;
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
import java.util.stream.Stream;

/**
 * What a person excludes by the names of a model, found in the graph that was made of it. Names are
 * those that tables and plans show: a node's own or, where it has none, that of its first output,
 * and a weight's; behind the path of their graph or alone. The name of any other value stands for
 * the nodes that read it.
 */
public final class Exclusions {
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
            String name = PlannedNode.nameOf(path, node);
            node.outputs().forEach(output -> writers.put(output, name));
          }
        });
  }

  /**
   * The nodes and weights of the prepared graph that names of either graph exclude.
   *
   * @throws CompressException if a name is in neither
   */
  public static Excluded of(Set<String> names, Graph source, Graph prepared) {
    if (names.isEmpty()) {
      return Excluded.none();
    }
    Set<String> followed = follow(names, source, prepared);
    Set<String> known = all(prepared);
    for (String name : followed) {
      if (!known.contains(name)) {
        throw new CompressException(
            "cannot exclude '%s': the model has no node, weight or value of that name"
                .formatted(name));
      }
    }
    return named(followed, prepared);
  }

  private static Excluded named(Set<String> names, Graph prepared) {
    Set<String> nodes = new HashSet<>();
    Set<String> meant = new HashSet<>();
    GraphPath.walk(
        prepared,
        (path, graph) -> {
          for (Node node : graph.nodes()) {
            String own = PlannedNode.nameOf(node);
            for (String name : List.of(own, path.key(own))) {
              if (names.contains(name)) {
                nodes.add(path.key(own));
                meant.add(name);
              }
            }
          }
        });
    Set<String> weights = new HashSet<>();
    Set<String> readers = new HashSet<>();
    for (Weight weight : Weight.of(prepared)) {
      for (String name : List.of(weight.name(), weight.key())) {
        if (names.contains(name)) {
          weights.add(weight.key());
          weight.uses().forEach(use -> readers.add(use.name()));
          meant.add(name);
        }
      }
    }
    GraphPath.walk(
        prepared,
        (path, graph) -> {
          for (Node node : graph.nodes()) {
            boolean reads =
                node.inputs().stream()
                    .flatMap(input -> Stream.of(input, path.key(input)))
                    .anyMatch(input -> names.contains(input) && !meant.contains(input));
            if (reads) {
              nodes.add(PlannedNode.nameOf(path, node));
            }
          }
        });
    return new Excluded(nodes, weights, readers);
  }

  /**
   * The names to exclude in the prepared graph. A weight that went through a Reshape or Transpose
   * has become that node's output. One that was scaled, folded or shared with its equal has another
   * name: the nodes that compute what its readers computed stand for it. A node that is gone leaves
   * nothing to exclude but constants made by it. Names that neither graph has stay, to be
   * complained of.
   */
  private static Set<String> follow(Set<String> names, Graph source, Graph prepared) {
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

  /** The names of all nodes, weights and values, with the path of their graph and without. */
  private static Set<String> all(Graph graph) {
    Set<String> names = new HashSet<>();
    GraphPath.walk(
        graph,
        (path, inner) -> {
          List<String> own = new ArrayList<>(inner.initializers().keySet());
          for (Node node : inner.nodes()) {
            own.add(node.name());
            own.addAll(node.inputs());
            own.addAll(node.outputs());
          }
          own.removeIf(String::isEmpty);
          names.addAll(own);
          own.forEach(name -> names.add(path.key(name)));
        });
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
