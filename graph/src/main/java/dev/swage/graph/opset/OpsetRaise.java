package dev.swage.graph.opset;

import dev.swage.graph.pass.Pass;
import dev.swage.graph.pass.Scope;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.op.OperatorFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes the nodes of ONNX's own domain as a later operator set wants them, through every version
 * in between in which an operator changed. Nodes of other domains stay.
 */
public record OpsetRaise(long from, long to) implements Pass {
  /** The first operator set with ONNX's present broadcasting. */
  static final long OLDEST = 7;

  @Override
  public Graph apply(Graph graph, Scope scope) {
    Graph.Builder builder = graph.toBuilder();
    Adaptation adaptation = new Adaptation(scope, builder);
    List<Node> nodes = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (!node.domain().isEmpty()) {
        nodes.add(node);
        continue;
      }
      requireKnown(node);
      List<Node> raised = raise(node, from, adaptation);
      if (!raised.equals(List.of(node))) {
        scope.log().add(node, node.outputs());
      }
      nodes.addAll(raised);
    }
    return builder.nodes(nodes).build();
  }

  private void requireKnown(Node node) {
    if (!OperatorFacts.of(node).isKnown()) {
      throw new OnnxException(
          "%s cannot be raised from opset %d to %d: ai.onnx has no such operator that Swage knows; export the model at opset %d or later"
              .formatted(node.describe(), from, to, to));
    }
    if (from < OLDEST) {
      throw new OnnxException(
          "%s cannot be raised from opset %d to %d: models are raised from opset %d on; export the model at opset %d or later"
              .formatted(node.describe(), from, to, OLDEST, to));
    }
  }

  private List<Node> raise(Node node, long version, Adaptation adaptation) {
    Map.Entry<Long, Adapter> change = OperatorChanges.of(node.opType()).higherEntry(version);
    if (change == null || change.getKey() > to || !node.domain().isEmpty()) {
      return List.of(node);
    }
    List<Node> raised = new ArrayList<>();
    for (Node adapted : change.getValue().adapt(node, adaptation)) {
      raised.addAll(raise(adapted, change.getKey(), adaptation));
    }
    return raised;
  }
}
