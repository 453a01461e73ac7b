package dev.swage.graph.opset;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Experimental operators that ONNX took back, and that ONNX Runtime runs up to operator set 9:
 * arithmetic of other operators, with attributes as the numbers.
 */
final class ExperimentalAdapters {
  private ExperimentalAdapters() {}

  /** {@code x · scale + bias[channel]}. */
  static List<Node> imageScaler(Node node, Adaptation graph) {
    List<Node> nodes = new ArrayList<>();
    String scaled =
        node.attributes().containsKey("scale")
            ? times(node, node.input(0), "scale", 1, graph, nodes)
            : node.input(0);
    List<Float> bias =
        node.attributes().get("bias") instanceof Attribute.FloatsValue floats
            ? floats.values()
            : List.of(0f);
    float[] values = new float[bias.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = bias.get(i);
    }
    String constant =
        graph.constant(node, "bias", Tensor.ofFloats(Shape.of(values.length, 1, 1), values));
    nodes.add(graph.node(node, "Add", List.of(scaled, constant), node.outputs().getFirst()));
    return nodes;
  }

  /** {@code alpha · x + beta}. */
  static List<Node> affine(Node node, Adaptation graph) {
    List<Node> nodes = new ArrayList<>();
    String scaled = times(node, node.input(0), "alpha", 1, graph, nodes);
    String beta = graph.scalarLike(node, "beta", node.input(0), node.floatAttribute("beta", 0));
    nodes.add(graph.node(node, "Add", List.of(scaled, beta), node.outputs().getFirst()));
    return nodes;
  }

  /** {@code alpha · f(beta · x)}. */
  static Adapter scaled(String opType) {
    return (node, graph) -> {
      List<Node> nodes = new ArrayList<>();
      String inner = times(node, node.input(0), "beta", 1, graph, nodes);
      String value = graph.value(node, "unscaled");
      nodes.add(graph.node(node, opType, List.of(inner), value));
      String alpha =
          graph.scalarLike(node, "alpha", node.input(0), node.floatAttribute("alpha", 1));
      nodes.add(graph.node(node, "Mul", List.of(value, alpha), node.outputs().getFirst()));
      return nodes;
    };
  }

  /** {@code x · scale}. */
  static List<Node> scale(Node node, Adaptation graph) {
    String scale = graph.scalarLike(node, "scale", node.input(0), node.floatAttribute("scale", 1));
    return List.of(
        graph.node(node, "Mul", List.of(node.input(0), scale), node.outputs().getFirst()));
  }

  private static String times(
      Node node, String value, String attribute, float usual, Adaptation graph, List<Node> to) {
    String factor = graph.scalarLike(node, attribute, value, node.floatAttribute(attribute, usual));
    String product = graph.value(node, attribute + "_product");
    to.add(graph.node(node, "Mul", List.of(value, factor), product));
    return product;
  }

  /**
   * Cuts {@code border} (left, top, right, bottom) off an image, or from its left and top on a
   * piece of {@code scale} (height, width) out of it.
   */
  static List<Node> crop(Node node, Adaptation graph) {
    long[] border = node.intsAttribute("border");
    if (border.length != 4) {
      throw new OnnxException(
          "%s has a border of %d numbers, expected left, top, right, bottom"
              .formatted(node.describe(), border.length));
    }
    long[] size =
        node.attributes().containsKey("scale") ? node.intsAttribute("scale") : new long[0];
    String starts = graph.integers(node, "starts", border[1], border[0]);
    String ends =
        size.length == 2
            ? graph.integers(node, "ends", border[1] + size[0], border[0] + size[1])
            : graph.integers(node, "ends", end(border[3]), end(border[2]));
    String axes = graph.integers(node, "axes", 2, 3);
    return List.of(
        graph.node(
            node, "Slice", List.of(node.input(0), starts, ends, axes), node.outputs().getFirst()));
  }

  private static long end(long border) {
    return border == 0 ? Long.MAX_VALUE : -border;
  }

  /** Over each channel, or over all; the samples of a batch are taken together. */
  static List<Node> meanVariance(Node node, Adaptation graph) {
    boolean across = node.intAttribute("across_channels", 0) != 0;
    Attribute axes = across ? Attribute.ints(0, 1, 2, 3) : Attribute.ints(0, 2, 3);
    Node plain = InputAdapters.with(node, node.inputs(), "across_channels", "normalize_variance");
    if (node.intAttribute("normalize_variance", 1) != 0) {
      return List.of(plain.with("axes", axes));
    }
    String mean = graph.value(node, "mean");
    return List.of(
        graph.node(node, "ReduceMean", node.inputs(), mean).with("axes", axes),
        graph.node(node, "Sub", List.of(node.input(0), mean), node.outputs().getFirst()));
  }
}
