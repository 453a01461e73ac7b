package dev.swage.compress.speed;

import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.compress.qdq.QdqModel;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model some of whose nodes compute with codes, as far as measuring must know of it.
 *
 * @param model with codes
 * @param nodes of the main graph before there were codes, in its order
 * @param values of that graph that are codes somewhere
 * @param codesHandedOn whether a node that computes with codes writes codes too; otherwise it
 *     writes floats, and each reader that wants codes makes them anew
 */
public record MixedModel(
    OnnxModel model, List<MixedNode> nodes, List<String> values, boolean codesHandedOn) {
  public MixedModel {
    nodes = List.copyOf(nodes);
    values = List.copyOf(values);
  }

  /**
   * One node.
   *
   * @param name as planned
   * @param source the node before there were codes
   * @param written the node that stands for it in the model
   * @param coded whether it computes with codes
   * @param absorbedInto planned name of the node whose codes make it superfluous
   */
  public record MixedNode(
      String name, Node source, Node written, boolean coded, Optional<String> absorbedInto) {}

  /**
   * A model in QDQ form.
   *
   * @param source the main graph before there were codes
   */
  public static MixedModel of(Graph source, QdqModel quantized) {
    List<String> values = quantized.plan().values().stream().map(PlannedValue::name).toList();
    List<MixedNode> nodes = nodes(source, quantized.plan(), quantized.written());
    return new MixedModel(quantized.model(), nodes, values, true);
  }

  /**
   * A model with nodes that make codes at every run, and write floats.
   *
   * @param written the nodes that compute with codes, by their planned names
   */
  public static MixedModel of(
      Graph source, ModelPlan plan, OnnxModel model, Map<String, Node> written) {
    List<MixedNode> nodes = nodes(source, plan, written);
    List<String> values =
        nodes.stream()
            .filter(MixedNode::coded)
            .map(node -> node.source().input(0))
            .distinct()
            .toList();
    return new MixedModel(model, nodes, values, false);
  }

  private static List<MixedNode> nodes(Graph source, ModelPlan plan, Map<String, Node> written) {
    Map<String, NodeChoice> choices = plan.choices();
    List<MixedNode> nodes = new ArrayList<>();
    for (Node node : source.nodes()) {
      String name = PlannedNode.nameOf(node);
      nodes.add(
          new MixedNode(
              name,
              node,
              written.getOrDefault(name, node),
              choices.get(name) instanceof NodeChoice.Static
                  || (choices.get(name) instanceof NodeChoice.Dynamic && !isTable(node)),
              choices.get(name) instanceof NodeChoice.Absorb(String producer)
                  ? Optional.of(producer)
                  : Optional.empty()));
    }
    return nodes;
  }

  /** Looking codes up costs no more than looking floats up: there is nothing to choose. */
  private static boolean isTable(Node node) {
    return node.is("Gather");
  }

  /** How many nodes compute with codes. */
  public long coded() {
    return nodes.stream().filter(MixedNode::coded).count();
  }
}
