package dev.swage.train.head;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;

/** Shapes behind a replaced layer that name the old number of outputs. */
final class TailShape {
  private TailShape() {}

  /** The node; a Reshape to the old number of outputs becomes one to the new. */
  static Node adapted(Graph graph, Node node, LastLayer last, int outputs, Graph.Builder builder) {
    if (!node.is("Reshape") || !last.tail().contains(node.outputs().getFirst())) {
      return node;
    }
    Tensor target = graph.initializers().get(node.input(1));
    if (target == null || target.dtype() != DType.INT64) {
      return node;
    }
    long[] dims = target.toLongs();
    if (dims.length == 0 || dims[dims.length - 1] != last.outputs()) {
      return node;
    }
    dims[dims.length - 1] = outputs;
    String name = "head.shape." + node.outputs().getFirst();
    builder.initializer(name, Tensor.ofLongs(target.shape(), dims));
    return node.replaceInput(node.input(1), name);
  }
}
