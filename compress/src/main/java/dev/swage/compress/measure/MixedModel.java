package dev.swage.compress.measure;

import dev.swage.compress.qdq.NodeDecision;
import dev.swage.compress.qdq.QdqModel;
import dev.swage.compress.qdq.QdqPlan.PlannedValue;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import java.util.List;
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

  /** A model in QDQ form. */
  public static MixedModel of(QdqModel quantized) {
    List<MixedNode> nodes =
        quantized.plan().nodes().stream()
            .map(planned ->
                new MixedNode(
                    planned.name(),
                    planned.node(),
                    quantized.written().getOrDefault(planned.name(), planned.node()),
                    planned.decision() instanceof NodeDecision.Quantize,
                    planned.decision() instanceof NodeDecision.Absorb(String producer)
                        ? Optional.of(producer)
                        : Optional.empty()))
            .toList();
    List<String> values = quantized.plan().values().stream().map(PlannedValue::name).toList();
    return new MixedModel(quantized.model(), nodes, values, true);
  }

  /** How many nodes compute with codes. */
  public long coded() {
    return nodes.stream().filter(MixedNode::coded).count();
  }
}
