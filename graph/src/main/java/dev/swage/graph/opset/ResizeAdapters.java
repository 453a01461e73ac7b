package dev.swage.graph.opset;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;

/** Changes of Resize. */
final class ResizeAdapters {
  private ResizeAdapters() {}

  /**
   * Resize 10 maps {@code x = y / scale}, "asymmetric"; the nearest element is the next lower one
   * when enlarging and the next higher one when shrinking.
   */
  static List<Node> coordinates(Node node, Adaptation graph) {
    String roi = graph.constant(node, "roi", Tensor.ofFloats(Shape.of(0)));
    Node resize =
        node.withInputs(List.of(node.input(0), roi, node.input(1)))
            .with("coordinate_transformation_mode", Attribute.of("asymmetric"));
    return node.stringAttribute("mode", "nearest").equals("nearest")
        ? List.of(resize.with("nearest_mode", Attribute.of(rounding(node, graph))))
        : List.of(resize);
  }

  private static String rounding(Node node, Adaptation graph) {
    Tensor scales =
        graph
            .constantValue(node.input(1))
            .filter(tensor -> tensor.dtype() == DType.FLOAT32)
            .orElseThrow(() -> graph.impossible(node, 11, "its scales are not constant"));
    boolean enlarges = false;
    boolean shrinks = false;
    for (float scale : scales.toFloats()) {
      enlarges |= scale > 1;
      shrinks |= scale < 1;
    }
    if (enlarges && shrinks) {
      throw graph.impossible(node, 11, "it enlarges one axis and shrinks another");
    }
    return shrinks ? "ceil" : "floor";
  }

  static List<Node> withoutTfHalfPixel(Node node, Adaptation graph) {
    if (node.stringAttribute("coordinate_transformation_mode", "").equals("tf_half_pixel_for_nn")) {
      throw graph.impossible(node, 13, "tf_half_pixel_for_nn is gone");
    }
    return List.of(node);
  }
}
