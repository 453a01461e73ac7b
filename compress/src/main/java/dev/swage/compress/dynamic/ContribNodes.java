package dev.swage.compress.dynamic;

import dev.swage.compress.dynamic.WeightStore.Codes;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Integer arithmetic in ONNX Runtime's operators. */
final class ContribNodes {
  static final String DOMAIN = "com.microsoft";

  private final NodeList nodes;
  private final Activations activations;

  ContribNodes(NodeList nodes, Activations activations) {
    this.nodes = nodes;
    this.activations = activations;
  }

  /**
   * One operator that quantizes the activation too; or, where several read its codes, one that
   * multiplies and rescales.
   *
   * @param bias that the operator adds, one element per column; empty for none
   * @param added what is added behind it; empty for nothing
   */
  Node product(Node node, Codes weight, String bias, String added) {
    String value = node.input(0);
    String output = node.outputs().getFirst();
    String product = added.isEmpty() ? output : nodes.fresh(output + "_scaled");
    Node written =
        activations.isShared(value)
            ? rescaled(node, activations.of(value), weight, bias)
            : operator(
                node,
                "DynamicQuantizeMatMul",
                value,
                weight.codes(),
                weight.scale(),
                weight.zeroPoint(),
                bias);
    nodes.add(written.withOutputs(List.of(product)));
    if (!added.isEmpty()) {
      nodes.compute("Add", output + "_add", List.of(product, added), output);
    }
    return nodes.nodes().get(nodes.nodes().size() - (added.isEmpty() ? 1 : 2));
  }

  private static Node rescaled(Node node, Activations.Coded activation, Codes weight, String bias) {
    return operator(
        node,
        "MatMulIntegerToFloat",
        activation.codes(),
        weight.codes(),
        activation.scale(),
        weight.scale(),
        activation.zeroPoint(),
        weight.zeroPoint(),
        bias);
  }

  /**
   * An LSTM that quantizes its input and, at every step, its hidden state.
   *
   * @param weight {@code [D, I, 4H]}
   * @param recurrence {@code [D, H, 4H]}
   */
  Node recurrence(Node node, Codes weight, Codes recurrence) {
    Map<String, Attribute> attributes = new LinkedHashMap<>(node.attributes());
    attributes.remove("layout");
    Node written =
        operator(
            node,
            "DynamicQuantizeLSTM",
            node.input(0),
            weight.codes(),
            recurrence.codes(),
            node.input(3),
            node.input(4),
            node.input(5),
            node.input(6),
            node.input(7),
            weight.scale(),
            weight.zeroPoint(),
            recurrence.scale(),
            recurrence.zeroPoint());
    return nodes.add(
        new Node(
            node.name(), written.opType(), DOMAIN, written.inputs(), node.outputs(), attributes));
  }

  private static Node operator(Node node, String opType, String... inputs) {
    return new Node(node.name(), opType, DOMAIN, NodeList.inputs(inputs), node.outputs(), Map.of());
  }
}
