package dev.swage.compress.qdq;

import dev.swage.onnx.Node;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.quant.range.Range;
import java.util.List;

/**
 * What happens to every node of a model's main graph, and which of its values become codes.
 *
 * @param nodes one decision per node, in graph order
 * @param values the values that become codes, in the order they are computed
 */
public record QdqPlan(List<PlannedNode> nodes, List<PlannedValue> values) {
  public QdqPlan {
    nodes = List.copyOf(nodes);
    values = List.copyOf(values);
  }

  /** One node and its decision. */
  public record PlannedNode(Node node, NodeDecision decision) {
    /** The node's name, or that of its first output where it has none. */
    public String name() {
      return nameOf(node);
    }

    /** What a plan calls a node. */
    public static String nameOf(Node node) {
      return node.name().isEmpty() ? node.outputs().getFirst() : node.name();
    }
  }

  /**
   * A value that becomes codes.
   *
   * @param range of floats that the codes cover
   * @param scheme type and symmetry of the codes, per tensor
   * @param codes the scale and zero point that follow from them
   * @param group the first value that shares them; its own name when it is the first
   * @param expectedSqnrDb signal to noise of the codes by the value's histogram
   */
  public record PlannedValue(
      String name,
      Range range,
      QuantScheme scheme,
      ScaleZeroPoint codes,
      String group,
      double expectedSqnrDb) {}

  /** Number of nodes that read and write codes. */
  public long quantized() {
    return nodes.stream().filter(n -> n.decision() instanceof NodeDecision.Quantize).count();
  }
}
