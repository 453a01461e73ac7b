package dev.swage.train.torch;

import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/**
 * What is known of a node before anything runs.
 *
 * @param node the node
 * @param opset version of ONNX's operator set the graph is written in
 * @param constants values that never change, by name
 */
record NodeContext(Node node, long opset, Map<String, Tensor> constants) {
  long intAttribute(String name, long fallback) {
    return node.intAttribute(name, fallback);
  }

  float floatAttribute(String name, float fallback) {
    return node.floatAttribute(name, fallback);
  }

  boolean has(int input) {
    return !node.input(input).isEmpty();
  }

  /** The input's value when it is a constant of the graph. */
  Optional<Tensor> constant(int input) {
    return Optional.ofNullable(constants.get(node.input(input)));
  }

  /** A form of the operator that is not implemented. */
  OnnxException unsupported(String what) {
    return new OnnxException(
        "%s: %s is not supported in training".formatted(node.describe(), what));
  }
}
