package dev.swage.onnx;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Who writes and who reads each value of a graph. A node whose sub-graphs read a value of the graph
 * counts as its reader. A snapshot: it does not follow edits.
 */
public final class GraphIndex {
  private final Map<String, Node> producers = new HashMap<>();
  private final Map<String, List<Node>> consumers = new HashMap<>();
  private final Set<String> outputs = new HashSet<>();

  private GraphIndex() {}

  /** Indexes the nodes of {@code graph}; those of its sub-graphs only as readers of its values. */
  public static GraphIndex of(Graph graph) {
    GraphIndex index = new GraphIndex();
    graph.outputs().forEach(output -> index.outputs.add(output.name()));
    for (Node node : graph.nodes()) {
      node.outputs().forEach(output -> index.producers.put(output, node));
      for (String input : reads(node)) {
        index.consumers.computeIfAbsent(input, name -> new ArrayList<>()).add(node);
      }
    }
    return index;
  }

  /** The node that writes a value; empty for graph inputs and initializers. */
  public Optional<Node> producer(String value) {
    return Optional.ofNullable(producers.get(value));
  }

  /** The nodes that read a value, in graph order, each once. */
  public List<Node> consumers(String value) {
    return Collections.unmodifiableList(consumers.getOrDefault(value, List.of()));
  }

  /** The one node that reads a value which is no graph output, if there is exactly one. */
  public Optional<Node> onlyConsumer(String value) {
    List<Node> readers = consumers.getOrDefault(value, List.of());
    return readers.size() == 1 && !outputs.contains(value)
        ? Optional.of(readers.getFirst())
        : Optional.empty();
  }

  public boolean isGraphOutput(String value) {
    return outputs.contains(value);
  }

  /** Values a node reads: its inputs, and what its sub-graphs take from outside. */
  private static Set<String> reads(Node node) {
    Set<String> reads = new LinkedHashSet<>(node.inputs());
    node.subgraphs().forEach(graph -> reads.addAll(captures(graph)));
    reads.remove("");
    return reads;
  }

  /** Values of enclosing graphs that {@code subgraph} reads. */
  public static Set<String> captures(Graph subgraph) {
    Set<String> own = new HashSet<>(subgraph.initializers().keySet());
    own.addAll(subgraph.opaqueInitializers());
    subgraph.inputs().forEach(input -> own.add(input.name()));
    Set<String> captured = new LinkedHashSet<>();
    for (Node node : subgraph.nodes()) {
      for (String read : reads(node)) {
        if (!own.contains(read)) {
          captured.add(read);
        }
      }
      own.addAll(node.outputs());
    }
    for (ValueInfo output : subgraph.outputs()) {
      if (!own.contains(output.name())) {
        captured.add(output.name());
      }
    }
    return captured;
  }
}
