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
    Tensor tensor = graph.initializers().get(value);
    if (tensor == null) {
      tensor = producer(value, "Constant").flatMap(Node::constantTensor).orElse(null);
    }
    return tensor == null || tensor.dtype() != DType.FLOAT32 || tensor.shape().elements() != 1
        ? OptionalDouble.empty()
        : OptionalDouble.of(tensor.getFloat(0));
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
    Tensor tensor = graph.initializers().get(reduction.input(1));
    if (tensor == null) {
      tensor = producer(reduction.input(1), "Constant").flatMap(Node::constantTensor).orElse(null);
    }
    return tensor == null || tensor.dtype() != DType.INT64 ? new long[0] : tensor.toLongs();
  }

  /** The other operand of a node with two. */
  static String other(Node node, String operand) {
    return node.input(0).equals(operand) ? node.input(1) : node.input(0);
  }
}
