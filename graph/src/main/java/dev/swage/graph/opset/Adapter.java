package dev.swage.graph.opset;

import dev.swage.onnx.Node;
import java.util.List;

/** What a node becomes in the first operator set in which its operator is another. */
@FunctionalInterface
interface Adapter {
  /**
   * The same computation, valid in that operator set; the node itself where it is.
   *
   * @throws dev.swage.onnx.OnnxException if that operator set cannot say it
   */
  List<Node> adapt(Node node, Adaptation graph);
}
