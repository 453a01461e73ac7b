package dev.swage.graph.opset;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
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

  /**
   * The mask was of the data's type, and is bool since. Without training ONNX Runtime gives zeros.
   */
  static List<Node> dropoutMask(Node node, Adaptation graph) {
    return hasMask(node)
        ? withMask(node, graph, graph.scalarLike(node, "unmasked", node.input(0), 0))
        : List.of(node);
  }

  /** Before opset 12 it only infers: the ratio is of no account, and the mask is all false. */
  static List<Node> dropoutRatio(Node node, Adaptation graph) {
    Node plain =
        node.attributes().containsKey("ratio")
            ? InputAdapters.with(node, node.inputs(), "ratio")
            : node;
    Tensor no = Tensor.of(DType.BOOL, Shape.of(), MemorySegment.ofArray(new byte[1]));
    return hasMask(node)
        ? withMask(plain, graph, graph.constant(node, "unmasked", no))
        : List.of(plain);
  }

  private static boolean hasMask(Node node) {
    return node.outputs().size() > 1 && !node.outputs().get(1).isEmpty();
  }

  private static List<Node> withMask(Node node, Adaptation graph, String value) {
    String shape = graph.value(node, "mask_shape");
    return List.of(
        node.withOutputs(List.of(node.outputs().getFirst())),
        graph.node(node, "Shape", List.of(node.input(0)), shape),
        graph.node(node, "Expand", List.of(value, shape), node.outputs().get(1)));
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
