package dev.swage.graph.pass;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;

/** Nodes of one graph that others take the place of, and the new constants these read. */
public final class Replacements {
  private final Graph graph;
  private final Scope scope;
  private final GraphIndex index;
  private final Graph.Builder builder;
  private final IdentityHashMap<Node, List<Node>> replaced = new IdentityHashMap<>();

  public Replacements(Graph graph, Scope scope) {
    this.graph = graph;
    this.scope = scope;
    this.index = GraphIndex.of(graph);
    this.builder = graph.toBuilder();
  }

  public GraphIndex index() {
    return index;
  }

  /** The writer of a value that this node alone reads. */
  public Optional<Node> onlyReadBy(Node reader, String value) {
    return index
        .onlyConsumer(value)
        .filter(only -> only.equals(reader))
        .flatMap(only -> index.producer(value));
  }

  public boolean contains(Node node) {
    return replaced.containsKey(node);
  }

  public void replace(Node node, Node... others) {
    replaced.put(node, List.of(others));
  }

  /** A parameter that one node of this graph alone reads. */
  public boolean isOwn(String parameter) {
    return graph.initializers().containsKey(parameter) && index.onlyConsumer(parameter).isPresent();
  }

  /** A new constant. */
  public String store(String wish, Tensor tensor) {
    return set(scope.names().next(wish), tensor);
  }

  /** A constant in the place of one of that name, if there is one. */
  public String set(String name, Tensor tensor) {
    builder.initializer(name, tensor);
    return name;
  }

  /** The graph itself where nothing was replaced. */
  public Graph result() {
    if (replaced.isEmpty()) {
      return graph;
    }
    List<Node> nodes = new ArrayList<>();
    graph.nodes().forEach(node -> nodes.addAll(replaced.getOrDefault(node, List.of(node))));
    return builder.nodes(nodes).build();
  }
}
