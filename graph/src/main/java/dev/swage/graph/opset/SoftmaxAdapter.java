package dev.swage.graph.opset;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import dev.swage.onnx.ValueInfo.Dim;
import java.util.List;

/**
 * Softmax, LogSoftmax and Hardmax worked over all axes from {@code axis} (default 1) on as one;
 * since opset 13 they work over one axis.
 */
final class SoftmaxAdapter {
  private SoftmaxAdapter() {}

  static List<Node> overOneAxis(Node node, Adaptation graph) {
    long axis = node.intAttribute("axis", 1);
    List<Dim> dims = graph.scope().facts().dims(node.input(0)).orElse(List.of());
    if (isLastWithSize(axis, dims)) {
      return List.of(node.with("axis", Attribute.of(axis)));
    }
    String shape = graph.value(node, "shape");
    String flat = graph.value(node, "flat");
    String result = graph.value(node, "flat_result");
    return List.of(
        graph.node(node, "Shape", List.of(node.input(0)), shape),
        graph.node(node, "Flatten", List.of(node.input(0)), flat).with("axis", Attribute.of(axis)),
        node.withInputs(List.of(flat)).withOutputs(List.of(result)).with("axis", Attribute.of(-1L)),
        graph.node(node, "Reshape", List.of(result, shape), node.outputs().getFirst()));
  }

  /** Whether the axis is the last one, or only axes of size 1 follow it. */
  private static boolean isLastWithSize(long axis, List<Dim> dims) {
    if (axis == -1) {
      return true;
    }
    long index = axis < 0 ? axis + dims.size() : axis;
    if (dims.isEmpty() || index < 0) {
      return false;
    }
    return dims.stream()
        .skip(index + 1)
        .allMatch(dim -> dim instanceof Dim.Fixed(long size) && size == 1);
  }
}
