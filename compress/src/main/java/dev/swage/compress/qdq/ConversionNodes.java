package dev.swage.compress.qdq;

import dev.swage.compress.plan.PlannedValue;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Node;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantParams;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.QuantizedTensor;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.tensor.DType;
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
    return names.added(wish);
  }

  void add(Node node) {
    nodes.add(node);
  }

  /** The same floats behind a node that ONNX Runtime neither removes nor looks past. */
  String apart(String value) {
    String result = names.added(value + "_apart");
    nodes.add(Node.of(names.added(value + "_max"), "Max", List.of(value), result));
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
          List<String> parameters =
              storeParameters(
                  name,
                  Tensor.ofFloats(shape, steps),
                  Tensor.ofBytes(operand.scheme().storage(), shape, zeroPoints));
          return dequantize(name, codes.getOrDefault(name, ""), parameters, axis(1));
        });
  }

  /** From floats to codes, and back to floats of another name. */
  void pair(PlannedValue value, String floats, String result) {
    List<String> parameters =
        scales.computeIfAbsent(
            new Shared(value.group(), value.codes()), shared -> parameters(value));
    String codes = names.added(value.name() + "_quantized");
    this.codes.put(value.name(), codes);
    String wide = isNarrow(value.scheme()) ? names.added(value.name() + "_wide") : codes;
    nodes.add(
        Node.of(
            names.added(value.name() + "_quantize"),
            "QuantizeLinear",
            operands(floats, parameters),
            wide));
    if (isNarrow(value.scheme())) {
      nodes.add(limited(value, wide, codes));
    }
    nodes.add(dequantizeLinear(value.name(), codes, parameters, result));
  }

  /** Whether only some of the codes of the type are used. */
  private static boolean isNarrow(QuantScheme scheme) {
    return scheme.bits() < scheme.storage().bits();
  }

  /** QuantizeLinear reaches all codes of the type: those beyond the ends become the ends. */
  private Node limited(PlannedValue value, String wide, String codes) {
    QuantScheme scheme = value.scheme();
    String low =
        store(value.name() + "_least", Tensor.ofBytes(scheme.storage(), Shape.of(), scheme.qmin()));
    String high =
        store(value.name() + "_most", Tensor.ofBytes(scheme.storage(), Shape.of(), scheme.qmax()));
    return Node.of(names.added(value.name() + "_limit"), "Clip", List.of(wide, low, high), codes);
  }

  private List<String> parameters(PlannedValue value) {
    ScaleZeroPoint codes = value.codes();
    return storeParameters(
        value.group(),
        Tensor.ofFloats(Shape.of(), codes.scale()),
        Tensor.ofBytes(value.scheme().storage(), Shape.of(), codes.zeroPoint()));
  }

  private List<String> storeParameters(String name, Tensor scales, Tensor zeroPoints) {
    String scale = store(name + "_scale", scales);
    return List.of(scale, store(name + "_zero_point", zeroPoints));
  }

  private String store(String wish, Tensor tensor) {
    String name = names.added(wish);
    stored.put(name, tensor);
    return name;
  }

  /** The codes of a bias. */
  String dequantizeBias(String name, WeightCodes.BiasCodes bias) {
    String codes = store(name + "_quantized", bias.codes());
    String scale = store(name + "_scale", bias.scales());
    return dequantize(name, codes, List.of(scale), axis(0));
  }

  /** A lone DequantizeLinear of stored codes. */
  String dequantize(String name, QuantizedTensor quantized) {
    QuantParams params = quantized.params();
    DType storage = quantized.scheme().storage();
    String codes = store(name + "_quantized", quantized.codes());
    if (storage.bits() < Byte.SIZE) {
      codes = widened(name, codes, storage);
    }
    List<String> parameters =
        storeParameters(
            name,
            Tensor.ofFloats(params.shape(), params.scales()),
            Tensor.ofBytes(wide(storage), params.shape(), params.zeroPoints()));
    return dequantize(
        name,
        codes,
        parameters,
        quantized.scheme().granularity() instanceof Granularity.PerChannel(int axis)
            ? axis(axis)
            : Map.of());
  }

  /** Integer kernels read bytes; ONNX Runtime unpacks codes when it loads the model. */
  private String widened(String name, String codes, DType storage) {
    String bytes = names.added(name + "_unpacked");
    nodes.add(
        Node.of(names.added(name + "_unpack"), "Cast", List.of(codes), bytes)
            .with("to", Attribute.of(wide(storage))));
    return bytes;
  }

  private static DType wide(DType storage) {
    return storage.isSigned() ? DType.INT8 : DType.UINT8;
  }

  /** Adds a DequantizeLinear; the name of its floats. */
  private String dequantize(
      String name, String codes, List<String> parameters, Map<String, Attribute> axis) {
    String result = names.added(name + "_dequantized");
    nodes.add(dequantizeLinear(name, codes, parameters, result).withAttributes(axis));
    return result;
  }

  private Node dequantizeLinear(String name, String codes, List<String> parameters, String result) {
    return Node.of(
        names.added(name + "_dequantize"), "DequantizeLinear", operands(codes, parameters), result);
  }

  /** What a conversion reads: its operand, then scale and, where there is one, zero point. */
  private static List<String> operands(String operand, List<String> parameters) {
    List<String> operands = new ArrayList<>(List.of(operand));
    operands.addAll(parameters);
    return operands;
  }

  private static Map<String, Attribute> axis(int axis) {
    return Map.of("axis", Attribute.of(axis));
  }
}
