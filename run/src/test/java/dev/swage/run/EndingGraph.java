package dev.swage.run;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A small graph that is put together node by node: input {@code x [batch, 4]} in float, a weight
 * {@code [4, 2]} and its codes, scales and zero points by name.
 */
final class EndingGraph {
  static final String CONTRIB = "com.microsoft";

  private final Graph.Builder graph =
      Graph.builder("ending").input(ValueInfo.batched("x", DType.FLOAT32, 4));
  private int count;

  EndingGraph() {
    weight("w", 0.5f, -1, 0.25f, 0.75f, -0.5f, 0.5f, 1, -0.25f);
    graph.initializer("b", Tensor.ofFloats(Shape.of(2), 0.1f, -0.2f));
    int[] codes = {50, -100, 25, 75, -50, 50, 100, -25};
    graph.initializer("w_codes", Tensor.ofBytes(DType.INT8, Shape.of(4, 2), codes));
    graph.initializer("b_codes", Tensor.ofInts(Shape.of(2), 500, -1000));
    scalar("w_scale", 0.01f);
    scalar("x_scale", 0.02f);
    scalar("y_scale", 0.03f);
    scalar("p_scale", 1 / 256f);
    zeroPoint("w_zero", DType.INT8, 0);
    zeroPoint("middle", DType.UINT8, 128);
    zeroPoint("lowest", DType.UINT8, 0);
    zeroPoint("lowest_signed", DType.INT8, -128);
    graph.initializer("images", Tensor.ofLongs(Shape.of(4), -1, 1, 2, 2));
    graph.initializer(
        "kernel", Tensor.ofFloats(Shape.of(2, 1, 2, 2), 0.5f, 0.25f, -0.5f, 1, -1, 1, 1, 0));
    graph.initializer(
        "kernel_codes",
        Tensor.ofBytes(DType.INT8, Shape.of(2, 1, 2, 2), 50, 25, -50, 100, -100, 75, 50, -25));
    graph.initializer("kernel_bias", Tensor.ofFloats(Shape.of(1, 2, 1, 1), 0.1f, -0.2f));
  }

  private void weight(String name, float... values) {
    graph.initializer(name, Tensor.ofFloats(Shape.of(4, 2), values));
  }

  private void scalar(String name, float value) {
    graph.initializer(name, Tensor.ofFloats(Shape.of(), value));
  }

  private void zeroPoint(String name, DType type, int value) {
    graph.initializer(name, Tensor.ofBytes(type, Shape.of(), value));
  }

  EndingGraph initializer(String name, Tensor value) {
    graph.initializer(name, value);
    return this;
  }

  /** An operator of ONNX's own domain. */
  String add(String opType, String... inputs) {
    return add(opType, "", Map.of(), inputs);
  }

  /** An operator of ONNX Runtime. */
  String contrib(String opType, Map<String, Attribute> attributes, String... inputs) {
    return add(opType, CONTRIB, attributes, inputs);
  }

  String add(String opType, String domain, Map<String, Attribute> attributes, String... inputs) {
    String output = "v" + ++count;
    graph.node(
        new Node(
            output,
            opType,
            domain,
            List.of(inputs),
            List.of(output),
            new LinkedHashMap<>(attributes)));
    return output;
  }

  /** Codes of {@code x}. */
  String codes() {
    return add("QuantizeLinear", "x", "x_scale", "middle");
  }

  /** {@code value} to codes and back. */
  String pair(String value, String scale, String zeroPoint) {
    return back(add("QuantizeLinear", value, scale, zeroPoint), scale, zeroPoint);
  }

  String back(String codes, String scale, String zeroPoint) {
    return add("DequantizeLinear", codes, scale, zeroPoint);
  }

  /** Codes of {@code x} with a scale and a zero point of their own, as made when a model runs. */
  List<String> dynamicCodes(String value) {
    int number = ++count;
    List<String> outputs = List.of("c" + number, "s" + number, "z" + number);
    graph.node(
        new Node("d" + number, "DynamicQuantizeLinear", "", List.of(value), outputs, Map.of()));
    return outputs;
  }

  /** {@code float(integers) · (x's scale · w's scale)}. */
  String rescaled(String integers, String activationScale) {
    String floats = add("Cast", "", Map.of("to", Attribute.of(1)), integers);
    return add("Mul", floats, add("Mul", activationScale, "w_scale"));
  }

  /** The model whose first output is this value. */
  OnnxModel model(String output) {
    graph.output(new ValueInfo(output, Optional.of(DType.FLOAT32), Optional.empty()));
    return OnnxModel.of(graph.build()).withOpset(CONTRIB, 1);
  }
}
