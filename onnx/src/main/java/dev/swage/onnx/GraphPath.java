package dev.swage.onnx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;

/**
 * Where a graph lies in a model: for each node around it, outermost first, a label of the node and
 * the attribute that holds the graph, as {@code If_0/then_branch}; nothing for the model's own
 * graph. Branches of one {@code If} may use the same names for different things; together with the
 * path every name is one thing.
 *
 * <p>The label of a node is its name; or its first output where it has no name, or one that another
 * node with graphs inside could be meant by. So a path stays true as long as such nodes keep name
 * and outputs, whatever is put between them.
 */
public record GraphPath(List<String> steps) {
  /** The model's own graph. */
  public static final GraphPath MAIN = new GraphPath(List.of());

  private static final Set<String> BRANCHES = Set.of("then_branch", "else_branch");

  public GraphPath {
    steps = List.copyOf(steps);
  }

  public boolean isMain() {
    return steps.isEmpty();
  }

  /** The graph around this one. */
  public GraphPath enclosing() {
    if (isMain()) {
      throw new IllegalStateException("no graph is around the model's own");
    }
    return new GraphPath(steps.subList(0, steps.size() - 2));
  }

  /** The innermost graph that holds both, or is one of them. */
  public GraphPath common(GraphPath other) {
    int same = 0;
    while (same < Math.min(steps.size(), other.steps.size())
        && steps.subList(same, same + 2).equals(other.steps.subList(same, same + 2))) {
      same += 2;
    }
    return new GraphPath(steps.subList(0, same));
  }

  /** Whether this is a branch of an {@code If}: run once at most each time it is reached. */
  public boolean isBranch() {
    return !isMain() && BRANCHES.contains(steps.getLast());
  }

  /** What a value, weight or node of this graph is called in plans and reports. */
  public String key(String name) {
    return isMain() ? name : this + "/" + name;
  }

  /** {@code If_0/then_branch}; empty for the model's own graph. */
  @Override
  public String toString() {
    return String.join("/", steps);
  }

  /** Visits a graph, then the graphs inside its nodes, each before those inside it. */
  public static void walk(Graph graph, BiConsumer<GraphPath, Graph> visitor) {
    MAIN.visit(graph, visitor);
  }

  /**
   * A graph with every graph in it, and itself, replaced by what {@code edit} makes of it: the
   * graphs inside a graph before that graph. Paths are those before the edit.
   */
  public static Graph rewrite(Graph graph, BiFunction<GraphPath, Graph, Graph> edit) {
    return MAIN.edited(graph, edit);
  }

  private void visit(Graph graph, BiConsumer<GraphPath, Graph> visitor) {
    visitor.accept(this, graph);
    List<String> labels = labels(graph.nodes());
    for (int i = 0; i < labels.size(); i++) {
      String label = labels.get(i);
      graph
          .nodes()
          .get(i)
          .attributes()
          .forEach((attribute, value) -> {
            if (value instanceof Attribute.GraphValue(Graph inner)) {
              inside(label, attribute).visit(inner, visitor);
            }
          });
    }
  }

  private Graph edited(Graph graph, BiFunction<GraphPath, Graph, Graph> edit) {
    if (graph.nodes().stream().allMatch(node -> node.subgraphs().isEmpty())) {
      return edit.apply(this, graph);
    }
    List<String> labels = labels(graph.nodes());
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < labels.size(); i++) {
      String label = labels.get(i);
      nodes.add(
          graph
              .nodes()
              .get(i)
              .mapSubgraphs((attribute, inner) -> inside(label, attribute).edited(inner, edit)));
    }
    return edit.apply(this, graph.toBuilder().nodes(nodes).build());
  }

  private GraphPath inside(String label, String attribute) {
    List<String> deeper = new ArrayList<>(steps);
    deeper.add(label);
    deeper.add(attribute);
    return new GraphPath(deeper);
  }

  /** A label for each node; no two nodes with graphs inside have the same. */
  private static List<String> labels(List<Node> nodes) {
    Map<String, Integer> claims = new HashMap<>();
    for (Node node : nodes) {
      if (!node.subgraphs().isEmpty()) {
        claims.merge(node.name(), 1, Integer::sum);
        if (!node.name().equals(firstOutput(node))) {
          claims.merge(firstOutput(node), 1, Integer::sum);
        }
      }
    }
    return nodes.stream()
        .map(node ->
            node.name().isEmpty() || claims.getOrDefault(node.name(), 0) > 1
                ? firstOutput(node)
                : node.name())
        .toList();
  }

  private static String firstOutput(Node node) {
    return node.outputs().stream().filter(output -> !output.isEmpty()).findFirst().orElse("");
  }
}
