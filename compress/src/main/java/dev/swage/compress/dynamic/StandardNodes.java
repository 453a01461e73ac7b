package dev.swage.compress.dynamic;

import dev.swage.compress.dynamic.WeightStore.Codes;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import java.util.List;
import java.util.Map;

/** Integer arithmetic in ONNX's own operators. */
final class StandardNodes {
  /** FLOAT in ONNX's TensorProto.DataType. */
  private static final long FLOAT = 1;

  private final NodeList nodes;
  private final Activations activations;

  StandardNodes(NodeList nodes, Activations activations) {
    this.nodes = nodes;
    this.activations = activations;
  }

  /**
   * {@code float(integers) · (activation scale · weight scale) + bias}. In this order of factors
   * and summands ONNX Runtime fuses them.
   *
   * @param bias empty for none
   */
  Node product(Node node, Codes weight, String bias) {
    boolean convolves = node.is("Conv");
    String output = node.outputs().getFirst();
    Activations.Coded activation = activations.of(node.input(0));
    Node integers =
        new Node(
            node.name(),
            convolves ? "ConvInteger" : "MatMulInteger",
            "",
            NodeList.inputs(
                activation.codes(), weight.codes(), activation.zeroPoint(), weight.zeroPoint()),
            List.of(nodes.fresh(output + "_integer")),
            convolves ? node.attributes() : Map.of());
    nodes.add(integers);
    String floats = toFloat(output, integers.outputs().getFirst());
    String scale = nodes.compute("Mul", output + "_scale", activation.scale(), weight.scale());
    String scaled = bias.isEmpty() ? output : nodes.fresh(output + "_scaled");
    nodes.compute("Mul", output + "_rescale", List.of(floats, scale), scaled);
    if (!bias.isEmpty()) {
      nodes.compute("Add", output + "_add", List.of(scaled, bias), output);
    }
    return integers;
  }

  /** {@code float(codes of the rows) · scales of the rows}. */
  Node rows(Node node, Codes table) {
    String output = node.outputs().getFirst();
    String indices = node.input(1);
    Node codes =
        node.withInputs(List.of(table.codes(), indices))
            .withOutputs(List.of(nodes.fresh(output + "_integer")));
    nodes.add(codes);
    String floats = toFloat(output, codes.outputs().getFirst());
    String scales = nodes.compute("Gather", output + "_scale", table.scale(), indices);
    nodes.compute("Mul", output + "_rescale", List.of(floats, scales), output);
    return codes;
  }

  private String toFloat(String output, String integers) {
    String floats = nodes.fresh(output + "_float");
    nodes.add(Node.of(floats, "Cast", List.of(integers), floats).with("to", Attribute.of(FLOAT)));
    return floats;
  }
}
