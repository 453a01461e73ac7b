package dev.swage.compress.qdq;

import dev.swage.compress.plan.PlannedValue;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Node;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantParams;
import dev.swage.quant.QuantizedTensor;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The nodes of a graph that is being written, in their order, with the initializers they need:
 * conversions of values to codes and back, and codes that are stored.
 */
final class ConversionNodes {
  private static final String ZERO_POINT = "_zero_point";

  private final FreshNames names;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Tensor> stored = new LinkedHashMap<>();
  private final Map<Shared, List<String>> scales = new HashMap<>();
  private final Map<String, String> codes = new HashMap<>();
  private final Map<String, String> channelwise = new HashMap<>();

  /** What values must have in common to share the initializers of scale and zero point. */
  private record Shared(String group, ScaleZeroPoint codes) {}

  ConversionNodes(FreshNames names) {
    this.names = names;
  }

  List<Node> all() {
    return nodes;
  }

  /** Codes, scales and zero points by name. */
  Map<String, Tensor> stored() {
    return stored;
  }

  String fresh(String wish) {
    return names.next(wish);
  }

  void add(Node node) {
    nodes.add(node);
  }

  /** The same floats behind a node that ONNX Runtime neither removes nor looks past. */
  String apart(String value) {
    String result = names.next(value + "_apart");
    nodes.add(Node.of(names.next(value + "_max"), "Max", List.of(value), result));
    return result;
  }

  /**
   * The same floats from a DequantizeLinear with a scale for each channel, all of them equal. ONNX
   * Runtime quantizes the weights of a node itself, with one scale for all of them, where the node
   * stands between codes; it does so for an operand with a single scale only.
   */
  String channelwise(PlannedValue operand, long channels) {
    return channelwise.computeIfAbsent(
        operand.name(),
        name -> {
          int[] zeroPoints = new int[Math.toIntExact(channels)];
          float[] steps = new float[zeroPoints.length];
          Arrays.fill(zeroPoints, operand.codes().zeroPoint());
          Arrays.fill(steps, operand.codes().scale());
          Shape shape = Shape.of(channels);
          String scale = store(name + "_scale", Tensor.ofFloats(shape, steps));
          String zeroPoint =
              store(
                  name + ZERO_POINT, Tensor.ofBytes(operand.scheme().storage(), shape, zeroPoints));
          String result = names.next(name + "_dequantized");
          nodes.add(
              Node.of(
                      names.next(name + "_dequantize"),
                      "DequantizeLinear",
                      List.of(codes.getOrDefault(name, ""), scale, zeroPoint),
                      result)
                  .with("axis", Attribute.of(1)));
          return result;
        });
  }

  /** From floats to codes, and back to floats of another name. */
  void pair(PlannedValue value, String floats, String result) {
    List<String> parameters =
        scales.computeIfAbsent(
            new Shared(value.group(), value.codes()), shared -> parameters(value));
    String codes = names.next(value.name() + "_quantized");
    this.codes.put(value.name(), codes);
    nodes.add(
        Node.of(
            names.next(value.name() + "_quantize"),
            "QuantizeLinear",
            List.of(floats, parameters.get(0), parameters.get(1)),
            codes));
    nodes.add(
        Node.of(
            names.next(value.name() + "_dequantize"),
            "DequantizeLinear",
            List.of(codes, parameters.get(0), parameters.get(1)),
            result));
  }

  private List<String> parameters(PlannedValue value) {
    ScaleZeroPoint codes = value.codes();
    String scale = store(value.group() + "_scale", Tensor.ofFloats(Shape.of(), codes.scale()));
    String zeroPoint =
        store(
            value.group() + ZERO_POINT,
            Tensor.ofBytes(value.scheme().storage(), Shape.of(), codes.zeroPoint()));
    return List.of(scale, zeroPoint);
  }

  private String store(String wish, Tensor tensor) {
    String name = names.next(wish);
    stored.put(name, tensor);
    return name;
  }

  /** The codes of a bias. */
  String dequantizeBias(String name, WeightCodes.BiasCodes bias) {
    String codes = store(name + "_quantized", bias.codes());
    String scale = store(name + "_scale", bias.scales());
    String result = names.next(name + "_dequantized");
    nodes.add(
        Node.of(names.next(name + "_dequantize"), "DequantizeLinear", List.of(codes, scale), result)
            .with("axis", Attribute.of(0)));
    return result;
  }

  /** A lone DequantizeLinear of stored codes. */
  String dequantize(String name, QuantizedTensor quantized) {
    QuantParams params = quantized.params();
    String codes = store(name + "_quantized", quantized.codes());
    String scale = store(name + "_scale", Tensor.ofFloats(params.shape(), params.scales()));
    String zeroPoint =
        store(
            name + ZERO_POINT,
            Tensor.ofBytes(quantized.scheme().storage(), params.shape(), params.zeroPoints()));
    String result = names.next(name + "_dequantized");
    Node node =
        Node.of(
            names.next(name + "_dequantize"),
            "DequantizeLinear",
            List.of(codes, scale, zeroPoint),
            result);
    nodes.add(
        quantized.scheme().granularity() instanceof Granularity.PerChannel(int axis)
            ? node.with("axis", Attribute.of(axis))
            : node);
    return result;
  }
}
