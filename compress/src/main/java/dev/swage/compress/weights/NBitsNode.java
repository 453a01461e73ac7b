package dev.swage.compress.weights;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Node;
import dev.swage.quant.Granularity;
import dev.swage.run.SessionOptions.MatMulAccuracy;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The {@code com.microsoft.MatMulNBits} that stands for products with one weight.
 *
 * @param k rows of the weight
 * @param n columns of the weight
 * @param bits width of the codes
 * @param group rows that share a scale
 * @param names names of codes, scales and, unless symmetric, zero points
 * @param tensors their values
 */
record NBitsNode(long k, long n, int bits, int group, List<String> names, NBitsTensors tensors) {
  static final String DOMAIN = "com.microsoft";

  /**
   * For codes of one byte each, {@code [K, N]} in groups on axis 0 or {@code [N, K]} in groups on
   * axis 1.
   */
  static NBitsNode of(QuantizedWeight weight, String name, FreshNames taken, CodeMemory memory) {
    if (!(weight.scheme().granularity() instanceof Granularity.PerGroup(int axis, int size))) {
      throw new IllegalArgumentException("needs groups, got " + weight.scheme().granularity());
    }
    List<String> names = new ArrayList<>();
    names.add(taken.added(name + "_quantized"));
    names.add(taken.added(name + "_scale"));
    if (!weight.scheme().symmetric()) {
      names.add(taken.added(name + "_zero_point"));
    }
    return new NBitsNode(
        weight.shape().dim(axis),
        weight.shape().dim(1 - axis),
        weight.scheme().bits(),
        size,
        names,
        NBitsTensors.of(weight, memory));
  }

  Map<String, Tensor> initializers() {
    Map<String, Tensor> initializers = new LinkedHashMap<>();
    initializers.put(names.get(0), tensors.codes());
    initializers.put(names.get(1), tensors.scales());
    Optional<Tensor> zeroPoints = tensors.zeroPoints();
    zeroPoints.ifPresent(tensor -> initializers.put(names.get(2), tensor));
    return initializers;
  }

  /** What takes the place of a MatMul or plain Gemm: the product, and the addition of its bias. */
  List<Node> replace(Node product, FreshNames taken) {
    String bias = product.input(2);
    String output = product.outputs().getFirst();
    String value = bias.isEmpty() ? output : taken.added(output + "_product");
    List<String> inputs = new ArrayList<>(List.of(product.input(0)));
    inputs.addAll(names);
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put("K", Attribute.of(k));
    attributes.put("N", Attribute.of(n));
    attributes.put("bits", Attribute.of(bits));
    attributes.put("block_size", Attribute.of(group));
    // What ONNX Runtime chooses itself when it fuses DequantizeLinear and MatMul.
    attributes.put("accuracy_level", Attribute.of(MatMulAccuracy.INT8.level()));
    Node node = new Node(product.name(), "MatMulNBits", DOMAIN, inputs, List.of(value), attributes);
    return bias.isEmpty()
        ? List.of(node)
        : List.of(
            node,
            Node.of(taken.added(product.name() + "_bias"), "Add", List.of(value, bias), output));
  }
}
