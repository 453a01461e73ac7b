package dev.swage.compress.proof;

import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A graph of a written file: who writes its values, and which constants it sees. */
final class WrittenGraph {
  private final Map<String, Tensor> constants;
  private final Map<String, Node> producers = new HashMap<>();
  private final Map<String, List<Node>> named = new HashMap<>();
  private final Set<String> read = new HashSet<>();
  private @Nullable WrittenGraph outer;

  WrittenGraph(Graph graph) {
    constants = new HashMap<>(graph.initializers());
    for (Node node : graph.nodes()) {
      Optional<Tensor> constant = node.constantTensor();
      if (constant.isPresent()) {
        constants.put(node.outputs().getFirst(), constant.get());
        continue;
      }
      read.addAll(node.inputs());
      node.outputs().forEach(output -> producers.put(output, node));
      if (!node.name().isEmpty()) {
        named.computeIfAbsent(node.name(), name -> new ArrayList<>()).add(node);
      }
    }
  }

  /** Sets the graph around this one. */
  void within(@Nullable WrittenGraph around) {
    outer = around;
  }

  /** Its own constants. */
  Map<String, Tensor> constants() {
    return constants;
  }

  /**
   * The constants that reach a node of the prepared graph as it is in the file, through whatever
   * was put before it.
   *
   * @param known values that the prepared graph has: what is behind them belongs to other nodes
   */
  List<Tensor> constantsOf(Node node, Set<String> known) {
    Deque<String> open = new ArrayDeque<>();
    Set<String> seen = new HashSet<>();
    Set<String> own = new HashSet<>(node.outputs());
    for (Node root : roots(node)) {
      open.addAll(root.inputs());
    }
    List<Tensor> found = new ArrayList<>();
    while (!open.isEmpty()) {
      String value = open.remove();
      if (value.isEmpty() || !seen.add(value)) {
        continue;
      }
      Tensor constant = constant(value);
      Node producer = producers.get(value);
      if (constant != null) {
        found.add(constant);
      } else if (producer != null && (!known.contains(value) || own.contains(value))) {
        open.addAll(producer.inputs());
      } else if (producer == null && outer != null && !known.contains(value)) {
        found.addAll(outer.behind(value, known));
      }
    }
    return found;
  }

  /**
   * Whether a node of the prepared graph can be found in the file: operators on codes write other
   * values, so that one without a name cannot.
   */
  boolean has(Node node) {
    return !roots(node).isEmpty();
  }

  /** The constants that are called codes of a weight of this graph, which some node reads. */
  List<Tensor> codesOf(String weight) {
    String codes = FreshNames.brief(weight + "_quantized");
    return constants.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(codes))
        .filter(entry -> read.contains(entry.getKey()))
        .map(Map.Entry::getValue)
        .toList();
  }

  private List<Node> roots(Node node) {
    List<Node> roots = new ArrayList<>(named.getOrDefault(node.name(), List.of()));
    for (String output : node.outputs()) {
      Node producer = producers.get(output);
      if (producer != null) {
        roots.add(producer);
      }
    }
    return roots;
  }

  /** The constants behind a value of this graph that a graph within reads. */
  private List<Tensor> behind(String value, Set<String> known) {
    return constantsOf(Node.of("", "Identity", List.of(value), value), known);
  }

  private @Nullable Tensor constant(String value) {
    Tensor own = constants.get(value);
    return own != null || producers.containsKey(value) || outer == null
        ? own
        : outer.constant(value);
  }
}
