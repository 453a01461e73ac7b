package dev.swage.graph.opset;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;

/** Changes of Upsample and Resize. */
final class ResizeAdapters {
  private ResizeAdapters() {}

  /** Upsample is Resize with scales of at least 1. */
  static List<Node> fromUpsample(Node node, Adaptation graph) {
    graph.enlarging().addAll(node.outputs());
    return RenamingAdapters.to("Resize").adapt(node, graph);
  }

  /**
   * Resize 10 maps {@code x = y / scale}, "asymmetric". Of an axis that is enlarged the nearest
   * element is the next lower one; of one that is shrunken, the next higher one. Where it is not
   * known which, two nodes follow each other: one enlarges, the other shrinks.
   */
  static List<Node> coordinates(Node node, Adaptation graph) {
    if (!node.stringAttribute("mode", "nearest").equals("nearest")) {
      return List.of(asymmetric(node, node.input(0), node.input(1), graph));
    }
    return switch (direction(node, graph)) {
      case ENLARGES -> List.of(nearest(node, node.input(0), node.input(1), "floor", graph));
      case SHRINKS -> List.of(nearest(node, node.input(0), node.input(1), "ceil", graph));
      case BOTH -> oneAfterTheOther(node, graph);
    };
  }

  private enum Direction {
    ENLARGES,
    SHRINKS,
    BOTH
  }

  private static Direction direction(Node node, Adaptation graph) {
    if (graph.enlarging().contains(node.outputs().getFirst())) {
      return Direction.ENLARGES;
    }
    Tensor scales = graph.constantValue(node.input(1)).orElse(null);
    if (scales == null || scales.dtype() != DType.FLOAT32) {
      return Direction.BOTH;
    }
    boolean enlarges = false;
    boolean shrinks = false;
    for (float scale : scales.toFloats()) {
      enlarges |= scale > 1;
      shrinks |= scale < 1;
    }
    if (!shrinks) {
      return Direction.ENLARGES;
    }
    return enlarges ? Direction.BOTH : Direction.SHRINKS;
  }

  /**
   * Axes are independent of each other, and a scale of 1 changes nothing. (ONNX Runtime copies an
   * image whose size stays although a scale is not 1, which is then another element than by the
   * specification: where one axis is enlarged, the other shrunken, and one of them keeps its size.)
   */
  private static List<Node> oneAfterTheOther(Node node, Adaptation graph) {
    String one = graph.constant(node, "one", Tensor.ofFloats(Shape.of(1), 1));
    String above = graph.value(node, "scales_above_1");
    String below = graph.value(node, "scales_below_1");
    String larger = graph.value(node, "larger");
    Node enlarging = graph.node(node, "Resize", List.of(node.input(0), node.input(1)), larger);
    return List.of(
        graph.node(node, "Max", List.of(node.input(1), one), above),
        graph.node(node, "Min", List.of(node.input(1), one), below),
        nearest(enlarging, node.input(0), above, "floor", graph),
        nearest(node, larger, below, "ceil", graph));
  }

  private static Node nearest(
      Node node, String input, String scales, String rounding, Adaptation graph) {
    return asymmetric(node, input, scales, graph)
        .with("mode", Attribute.of("nearest"))
        .with("nearest_mode", Attribute.of(rounding));
  }

  private static Node asymmetric(Node node, String input, String scales, Adaptation graph) {
    String roi = graph.constant(node, "roi", Tensor.ofFloats(Shape.of(0)));
    return node.withInputs(List.of(input, roi, scales))
        .with("coordinate_transformation_mode", Attribute.of("asymmetric"));
  }

  /**
   * {@code tf_half_pixel_for_nn} maps {@code x = (y + 0.5) / scale}, that is half a pixel above
   * {@code half_pixel}: {@code floor(x)} is there rounding with halves upwards, and rounding with
   * halves downwards is the next higher one.
   */
  static List<Node> withoutTfHalfPixel(Node node, Adaptation graph) {
    if (!node.stringAttribute("coordinate_transformation_mode", "")
        .equals("tf_half_pixel_for_nn")) {
      return List.of(node);
    }
    String mode = node.stringAttribute("mode", "nearest");
    if (!mode.equals("nearest")) {
      throw graph.impossible(
          node, 13, "tf_half_pixel_for_nn is gone, and has no other form in mode " + mode);
    }
    Node resize = node.with("coordinate_transformation_mode", Attribute.of("half_pixel"));
    return switch (node.stringAttribute("nearest_mode", "round_prefer_floor")) {
      case "floor" -> List.of(resize.with("nearest_mode", Attribute.of("round_prefer_ceil")));
      case "round_prefer_floor" -> List.of(resize.with("nearest_mode", Attribute.of("ceil")));
      case String rounding ->
          throw graph.impossible(
              node,
              13,
              "tf_half_pixel_for_nn is gone, and has no other form that rounds by " + rounding);
    };
  }
}
