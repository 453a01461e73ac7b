package dev.swage.train.torch.fuse;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Who gives and reads the values of a graph, and which are constants. */
final class Values {
  private final Graph graph;
  private final GraphIndex index;

  Values(Graph graph) {
    this.graph = graph;
    this.index = GraphIndex.of(graph);
  }

  /** The node that gives a value, if one does. */
  Optional<Node> producer(String value) {
    return index.producer(value);
  }

  /** The node of this type that gives a value, if there is one. */
  Optional<Node> producer(String value, String opType) {
    return index.producer(value).filter(node -> node.is(opType));
  }

  /** The same, where nothing but one node reads the value. */
  Optional<Node> onlyFor(String value, String opType) {
    return producer(value, opType).filter(node -> index.onlyConsumer(value).isPresent());
  }

  Optional<Node> onlyConsumer(Node node, String opType) {
    return index.onlyConsumer(node.outputs().getFirst()).filter(reader -> reader.is(opType));
  }

  /** Whether exactly these nodes read a value, and it is no output. */
  boolean isInner(String value, List<Node> readers) {
    return !index.isGraphOutput(value) && readers.containsAll(index.consumers(value));
  }

  Optional<Shape> weight(String value) {
    return Optional.ofNullable(graph.initializers().get(value)).map(Tensor::shape);
  }

  /** The number that a constant of one element holds. */
  OptionalDouble number(String value) {
    return constant(value)
        .filter(tensor -> tensor.dtype() == DType.FLOAT32 && tensor.shape().elements() == 1)
        .map(tensor -> OptionalDouble.of(tensor.getFloat(0)))
        .orElseGet(OptionalDouble::empty);
  }

  private Optional<Tensor> constant(String value) {
    Tensor initializer = graph.initializers().get(value);
    return initializer != null
        ? Optional.of(initializer)
        : producer(value, "Constant").flatMap(Node::constantValue);
  }

  boolean isAbout(String value, double expected) {
    OptionalDouble number = number(value);
    return number.isPresent()
        && Math.abs(number.getAsDouble() - expected) <= 1e-3 * Math.abs(expected);
  }

  /** The axes of a reduction, as attribute or constant input. */
  long[] axes(Node reduction) {
    long[] attribute = reduction.intsAttribute("axes");
    if (attribute.length > 0 || reduction.input(1).isEmpty()) {
      return attribute;
    }
    return constant(reduction.input(1))
        .filter(tensor -> tensor.dtype() == DType.INT64)
        .map(Tensor::toLongs)
        .orElseGet(() -> new long[0]);
  }

  /** The other operand of a node with two. */
  static String other(Node node, String operand) {
    return node.input(0).equals(operand) ? node.input(1) : node.input(0);
  }
}
