package dev.swage.train.head;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The linear layer that a model's first output comes from.
 *
 * @param product the MatMul, or the Gemm
 * @param end the node that adds the bias, or the product; or a Relu behind it and before a softmax,
 *     which goes with the layer: outputs of a fresh one that it makes 0 for all samples would never
 *     be trained
 * @param features what the layer reads
 * @param inputs how many features there are
 * @param outputs how many outputs
 * @param tail names of the values from the layer's output to the model's
 */
record LastLayer(
    Node product, Node end, String features, long inputs, long outputs, List<String> tail) {
  /** What may stand between the layer and the output. */
  private static final Set<String> BEHIND =
      Set.of(
          "Softmax",
          "LogSoftmax",
          "Sigmoid",
          "Log",
          "Identity",
          "Flatten",
          "Reshape",
          "Squeeze",
          "Dropout",
          "Cast");

  private static final Set<String> SOFTMAX = Set.of("Softmax", "LogSoftmax");

  private static final int DEEPEST = 20;

  static Optional<LastLayer> of(Graph graph) {
    GraphIndex index = GraphIndex.of(graph);
    List<String> tail = new ArrayList<>(List.of(graph.outputs().getFirst().name()));
    Optional<Node> at = index.producer(tail.getFirst());
    boolean softmax = false;
    for (int i = 0; i < DEEPEST && at.isPresent() && isBehind(at.get()); i++) {
      softmax |= SOFTMAX.contains(at.get().opType());
      tail.add(at.get().input(0));
      at = index.producer(at.get().input(0));
    }
    if (softmax && at.filter(node -> node.is("Relu")).isPresent()) {
      Node relu = at.get();
      return index
          .producer(relu.input(0))
          .flatMap(node -> layer(graph, index, node, tail))
          .map(layer -> layer.endingIn(relu));
    }
    return at.flatMap(node -> layer(graph, index, node, tail));
  }

  private LastLayer endingIn(Node last) {
    return new LastLayer(product, last, features, inputs, outputs, tail);
  }

  private static boolean isBehind(Node node) {
    return node.is(node.opType()) && BEHIND.contains(node.opType());
  }

  private static Optional<LastLayer> layer(
      Graph graph, GraphIndex index, Node end, List<String> tail) {
    Node product = end;
    if (end.is("Add")) {
      Optional<Node> added =
          end.inputs().stream()
              .flatMap(input -> index.producer(input).stream())
              .filter(node -> node.is("MatMul"))
              .findFirst();
      boolean bias =
          end.inputs().stream().anyMatch(input -> shape(graph, index, input).isPresent());
      if (added.isEmpty() || !bias) {
        return Optional.empty();
      }
      product = added.get();
    }
    if (!product.is("MatMul") && !product.is("Gemm")) {
      return Optional.empty();
    }
    Node found = product;
    boolean swapped = product.is("Gemm") && product.intAttribute("transA", 0) != 0;
    boolean transposed = product.is("Gemm") && product.intAttribute("transB", 0) != 0;
    return shape(graph, index, product.input(1))
        .filter(weight -> weight.rank() == 2 && !swapped)
        .map(weight ->
            new LastLayer(
                found,
                end,
                found.input(0),
                weight.dim(transposed ? 1 : 0),
                weight.dim(transposed ? 0 : 1),
                List.copyOf(tail)));
  }

  /** Of what is made of a weight alone. */
  private static Optional<Shape> shape(Graph graph, GraphIndex index, String value) {
    Tensor initializer = graph.initializers().get(value);
    if (initializer != null) {
      return Optional.of(initializer.shape());
    }
    Optional<Node> producer = index.producer(value);
    if (producer.isEmpty()) {
      return Optional.empty();
    }
    Node node = producer.get();
    Optional<Shape> source =
        node.inputs().isEmpty()
            ? node.constantTensor().map(Tensor::shape)
            : shape(graph, index, node.input(0));
    return switch (node.opType()) {
      case "Constant", "Identity", "DequantizeLinear", "Cast" -> source;
      case "Transpose" -> source.filter(s -> s.rank() == 2).map(s -> Shape.of(s.dim(1), s.dim(0)));
      case "Reshape" -> source.flatMap(s -> reshaped(graph, index, s, node.input(1)));
      default -> Optional.empty();
    };
  }

  private static Optional<Shape> reshaped(
      Graph graph, GraphIndex index, Shape from, String target) {
    Tensor dims = graph.initializers().get(target);
    if (dims == null) {
      dims = index.producer(target).flatMap(Node::constantTensor).orElse(null);
    }
    if (dims == null) {
      return Optional.empty();
    }
    long[] wanted = dims.toLongs();
    long known = 1;
    for (int i = 0; i < wanted.length; i++) {
      wanted[i] = wanted[i] == 0 ? from.dim(i) : wanted[i];
      known *= wanted[i] < 0 ? 1 : wanted[i];
    }
    for (int i = 0; i < wanted.length; i++) {
      wanted[i] = wanted[i] < 0 ? from.elements() / known : wanted[i];
    }
    return Optional.of(Shape.of(wanted));
  }
}
