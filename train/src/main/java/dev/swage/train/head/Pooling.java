package dev.swage.train.head;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** From an encoder's output to a vector for each sample. */
final class Pooling {
  /** The first operator set whose ReduceSum and Unsqueeze take their axes as an input. */
  private static final long AXES_AS_INPUT = 13;

  private final OnnxModel model;
  private final FreshNames names;
  private long width;

  Pooling(OnnxModel model, FreshNames names) {
    this.model = model;
    this.names = names;
  }

  /** Length of the vector. */
  long width() {
    return width;
  }

  /**
   * The vector's name.
   *
   * @throws OnnxException if rank or width of the output are not known
   */
  String pooled(ValueInfo output, List<Node> nodes, Graph.Builder builder) {
    List<Dim> dims = output.dims().orElse(List.of());
    int axis = dims.size() == 4 ? 1 : dims.size() - 1;
    if (dims.size() < 2 || dims.size() > 4 || !(dims.get(axis) instanceof Dim.Fixed(long fixed))) {
      throw new OnnxException(
          "output '%s' is %s; a head can read [n, width], [n, steps, width] or [n, channels, height, width] with a fixed width or number of channels"
              .formatted(output.name(), dims.isEmpty() ? "of unknown shape" : dims));
    }
    width = fixed;
    return switch (dims.size()) {
      case 2 -> output.name();
      case 3 ->
          mask()
              .map(mask -> masked(output.name(), mask, nodes, builder))
              .orElseGet(() -> mean(output.name(), nodes, builder));
      default -> overPlaces(output.name(), nodes);
    };
  }

  private Optional<String> mask() {
    return model.graph().feeds().stream()
        .filter(feed -> feed.name().toLowerCase(Locale.ROOT).contains("mask"))
        .filter(feed -> feed.dims().map(List::size).orElse(0) == 2)
        .map(ValueInfo::name)
        .findFirst();
  }

  /** {@code Σ mask·x / max(Σ mask, 1)} over the steps. */
  private String masked(String x, String mask, List<Node> nodes, Graph.Builder builder) {
    String ones = add(nodes, "Cast", List.of(mask), "to", Attribute.of(1L));
    String wide = alongAxis(nodes, builder, "Unsqueeze", ones, 2);
    String kept = add(nodes, "Mul", List.of(x, wide));
    String sum = sum(nodes, builder, kept);
    String least = names.next("pooling.least");
    builder.initializer(least, Tensor.ofFloats(Shape.of(), 1));
    String count = add(nodes, "Max", List.of(sum(nodes, builder, wide), least));
    return add(nodes, "Div", List.of(sum, count));
  }

  private String sum(List<Node> nodes, Graph.Builder builder, String x) {
    String sum = alongAxis(nodes, builder, "ReduceSum", x, 1);
    nodes.add(nodes.removeLast().with("keepdims", Attribute.of(0L)));
    return sum;
  }

  private String mean(String x, List<Node> nodes, Graph.Builder builder) {
    String mean;
    if (model.opset() < 18) {
      mean = add(nodes, "ReduceMean", List.of(x), "axes", FreshHead.axes(1));
    } else {
      mean = alongAxis(nodes, builder, "ReduceMean", x, 1);
    }
    nodes.add(nodes.removeLast().with("keepdims", Attribute.of(0L)));
    return mean;
  }

  private String overPlaces(String x, List<Node> nodes) {
    String pooled = add(nodes, "GlobalAveragePool", List.of(x));
    return add(nodes, "Flatten", List.of(pooled));
  }

  private String alongAxis(
      List<Node> nodes, Graph.Builder builder, String operator, String x, long axis) {
    if (model.opset() < AXES_AS_INPUT) {
      return add(nodes, operator, List.of(x), "axes", FreshHead.axes(axis));
    }
    String axes = names.next("pooling.axes");
    builder.initializer(axes, Tensor.ofLongs(Shape.of(1), axis));
    return add(nodes, operator, List.of(x, axes));
  }

  private String add(
      List<Node> nodes, String operator, List<String> inputs, String attribute, Attribute value) {
    String result = add(nodes, operator, inputs);
    nodes.add(nodes.removeLast().with(attribute, value));
    return result;
  }

  private String add(List<Node> nodes, String operator, List<String> inputs) {
    String result = names.next("pooling." + operator);
    nodes.add(Node.of(names.next("pooling/" + operator), operator, inputs, result));
    return result;
  }
}
