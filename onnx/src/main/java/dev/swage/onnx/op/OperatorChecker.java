package dev.swage.onnx.op;

import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;

/** Checks the operators of models; each problem is an {@link OnnxException} that names the node. */
public final class OperatorChecker {
  private OperatorChecker() {}

  /**
   * Checks that Swage knows every operator of the graph and its sub-graphs in the operator set it
   * is written in, and that each node fits its signature. Models with other operators can still be
   * read, and their weights quantized.
   */
  public static void check(OnnxModel model) {
    long opset = model.opset();
    if (model.opsets().containsKey("")
        && (opset < OperatorSchema.OLDEST_OPSET || opset > OperatorSchema.NEWEST_OPSET)) {
      throw new OnnxException(
          "opset %d is not supported; convert the model to one of %d…%d"
              .formatted(opset, OperatorSchema.OLDEST_OPSET, OperatorSchema.NEWEST_OPSET));
    }
    model.graph().walk(graph -> graph.nodes().forEach(node -> schema(model, node).check(node)));
  }

  private static OperatorSchema schema(OnnxModel model, Node node) {
    long opset = model.opsets().getOrDefault(node.domain(), 0L);
    return OperatorSchema.find(node.domain(), node.opType(), opset)
        .orElseThrow(() -> {
          String domain = node.domain().isEmpty() ? "ai.onnx" : node.domain();
          String problem =
              OperatorSchema.firstVersion(node.domain(), node.opType())
                  .filter(first -> opset < first)
                  .map(first -> "exists from opset " + first + " on, the model imports " + opset)
                  .orElse("is not supported (the model imports opset " + opset + ")");
          return new OnnxException(
              "%s: operator %s of domain %s %s"
                  .formatted(node.describe(), node.opType(), domain, problem));
        });
  }
}
