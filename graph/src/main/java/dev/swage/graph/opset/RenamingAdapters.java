package dev.swage.graph.opset;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import java.util.List;

/**
 * Changes of an operator's name, of an attribute's words or default, or of nothing that remains.
 */
final class RenamingAdapters {
  private RenamingAdapters() {}

  static Adapter to(String opType) {
    return (node, graph) ->
        List.of(
            new Node(
                node.name(),
                opType,
                node.domain(),
                node.inputs(),
                node.outputs(),
                node.attributes()));
  }

  /** The mask was of the data's type, and is bool since. */
  static List<Node> dropoutMask(Node node, Adaptation graph) {
    if (node.outputs().size() > 1 && !node.outputs().get(1).isEmpty()) {
      throw graph.impossible(node, 10, "its mask has another type there");
    }
    return List.of(node);
  }

  /** Before opset 12 it only infers: the ratio is of no account. */
  static List<Node> dropoutRatio(Node node, Adaptation graph) {
    return node.attributes().containsKey("ratio")
        ? List.of(InputAdapters.with(node, node.inputs(), "ratio"))
        : List.of(node);
  }

  /** For what has no other form in this operator set. */
  static Adapter none(long version, String why) {
    return (node, graph) -> {
      throw graph.impossible(node, version, why);
    };
  }

  static List<Node> roiCoordinates(Node node, Adaptation graph) {
    return List.of(node.with("coordinate_transformation_mode", Attribute.of("output_half_pixel")));
  }

  static List<Node> gridSampleMode(Node node, Adaptation graph) {
    return switch (node.stringAttribute("mode", "bilinear")) {
      case "bilinear" -> List.of(node.with("mode", Attribute.of("linear")));
      case "bicubic" -> List.of(node.with("mode", Attribute.of("cubic")));
      default -> List.of(node);
    };
  }
}
