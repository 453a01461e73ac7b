package dev.swage.compress.weights;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/** What changes in one graph of a model when weights become codes. */
final class GraphEdit {
  private final List<Node> dequantizers = new ArrayList<>();
  private final Map<String, Tensor> stored = new LinkedHashMap<>();
  private final Set<String> removed = new HashSet<>();
  private final Map<String, Product> products = new HashMap<>();
  private final Map<String, Integer> ranks = new HashMap<>();

  /** What the products that read a weight become. */
  sealed interface Product {}

  /** They read this value, without transB. */
  record Dequantized(String value) implements Product {}

  /** They are this node. */
  record NBits(NBitsNode node) implements Product {}

  /** A node that makes a weight of codes; before all others, after those added before it. */
  void add(Node node) {
    dequantizers.add(node);
  }

  void store(String name, Tensor tensor) {
    stored.put(name, tensor);
  }

  /** Takes away an initializer or Constant node. */
  void remove(String weight) {
    removed.add(weight);
  }

  void product(String weight, Product replacement) {
    products.put(weight, replacement);
  }

  /** Nodes of this graph read a weight of so many axes that is dequantized. */
  void dequantized(String weight, int rank) {
    ranks.put(weight, rank);
  }

  boolean needsContrib() {
    return products.values().stream().anyMatch(NBits.class::isInstance);
  }

  Graph apply(Graph graph, FreshNames names) {
    List<Node> nodes = new ArrayList<>(dequantizers);
    for (Node node : graph.nodes()) {
      boolean gone = node.is("Constant") && removed.contains(node.outputs().getFirst());
      if (!gone) {
        nodes.addAll(rewritten(node, names));
      }
    }
    Graph.Builder builder =
        graph.toBuilder()
            .nodes(nodes)
            .inputs(graph.inputs().stream().filter(in -> !removed.contains(in.name())).toList());
    removed.forEach(builder::removeInitializer);
    stored.forEach(builder::initializer);
    return builder.build();
  }

  private List<Node> rewritten(Node node, FreshNames names) {
    return switch (products.get(node.input(1))) {
      case Dequantized(String value) -> List.of(untransposed(node, value));
      case NBits(NBitsNode replacement) -> replacement.replace(node, names);
      case null -> List.of(explicit(node));
    };
  }

  /**
   * ONNX Runtime 1.29 ends the process at a Transpose behind a DequantizeLinear that does not say
   * how axes go: what it leaves unsaid, the axes in reverse, is said.
   */
  private Node explicit(Node node) {
    Integer rank = ranks.get(node.input(0));
    if (rank == null || !node.is("Transpose") || node.attributes().containsKey("perm")) {
      return node;
    }
    long[] reverse = LongStream.range(0, rank).map(axis -> rank - 1 - axis).toArray();
    return node.with("perm", Attribute.ints(reverse));
  }

  private static Node untransposed(Node product, String weight) {
    List<String> inputs = new ArrayList<>(product.inputs());
    inputs.set(1, weight);
    Map<String, Attribute> attributes = new LinkedHashMap<>(product.attributes());
    attributes.remove("transB");
    return new Node(
        product.name(), product.opType(), product.domain(), inputs, product.outputs(), attributes);
  }
}
