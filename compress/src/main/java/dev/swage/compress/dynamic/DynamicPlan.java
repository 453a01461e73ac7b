package dev.swage.compress.dynamic;

import dev.swage.compress.qdq.NodeDecision;
import dev.swage.compress.qdq.QdqPlan;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import java.util.List;

/**
 * What happens to every node of a model, those of branches and bodies included.
 *
 * @param nodes one decision per node: a graph's own in their order, then those of graphs within it
 */
public record DynamicPlan(DynamicForm form, List<PlannedNode> nodes) {
  public DynamicPlan {
    nodes = List.copyOf(nodes);
  }

  /**
   * One node and its decision. What a decision to quantize expects of the output's signal to noise
   * is what the weight's codes leave of it: those of activations are fitted while the model runs.
   *
   * @param path of the graph that the node is in
   */
  public record PlannedNode(GraphPath path, Node node, NodeDecision decision) {
    /** The node's name, or that of its first output where it has none, behind its graph's path. */
    public String name() {
      return nameOf(path, node);
    }

    static String nameOf(GraphPath path, Node node) {
      return path.key(QdqPlan.PlannedNode.nameOf(node));
    }
  }

  /** Number of nodes that compute with codes. */
  public long quantized() {
    return nodes.stream().filter(n -> n.decision() instanceof NodeDecision.Quantize).count();
  }
}
