package dev.swage.train.torch.program;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What is known of a node before anything runs.
 *
 * @param node the node
 * @param opset version of the operator set of the node's domain
 * @param constants values that never change, by name
 * @param types element types as the file has them, where they are known
 * @param bodies makes a graph inside the node ready to run
 */
public record NodeContext(
    Node node,
    long opset,
    Map<String, Tensor> constants,
    Function<String, Optional<DType>> types,
    Function<dev.swage.onnx.Graph, Body> bodies) {
  public long intAttribute(String name, long fallback) {
    return node.intAttribute(name, fallback);
  }

  public float floatAttribute(String name, float fallback) {
    return node.floatAttribute(name, fallback);
  }

  public String stringAttribute(String name, String fallback) {
    return node.stringAttribute(name, fallback);
  }

  public boolean has(int input) {
    return !node.input(input).isEmpty();
  }

  public boolean hasAttribute(String name) {
    return node.attributes().containsKey(name);
  }

  /** The input's value when it is a constant of the graph. */
  public Optional<Tensor> constant(int input) {
    return Optional.ofNullable(constants.get(node.input(input)));
  }

  /** The element type of an input as the file has it, where it is known. */
  public Optional<DType> type(int input) {
    return types.apply(node.input(input));
  }

  /** The same of the first output. */
  public Optional<DType> resultType() {
    return types.apply(node.outputs().getFirst());
  }

  /**
   * The graph in an attribute, ready to run.
   *
   * @throws OnnxException if there is none
   */
  public Body body(String attribute) {
    if (node.attributes().get(attribute)
        instanceof Attribute.GraphValue(dev.swage.onnx.Graph graph)) {
      return bodies.apply(graph);
    }
    throw new OnnxException("%s: has no graph '%s'".formatted(node.describe(), attribute));
  }

  /** A form of the operator that is not implemented. */
  public OnnxException unsupported(String what) {
    return new OnnxException("%s: %s is not supported".formatted(node.describe(), what));
  }
}
