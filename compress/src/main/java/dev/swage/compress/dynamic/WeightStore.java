package dev.swage.compress.dynamic;

import dev.swage.compress.plan.WeightSlot;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.GraphPath;
import dev.swage.quant.QuantParams;
import dev.swage.quant.QuantizedTensor;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The tensors that a rewritten model stores in place of weights, each in the graph that its weight
 * was in, and once for all nodes that read it the same way.
 */
final class WeightStore {
  /**
   * Names of what stands for a weight.
   *
   * @param zeroPoint empty where it is 0 and need not be said
   */
  record Codes(String codes, String scale, String zeroPoint) {}

  /** A weight as an operator reads it. */
  private record Use(
      GraphPath path, String weight, DynamicOperator operator, WeightSlot slot, boolean turned) {}

  /** One zero point for a whole weight. */
  private record One(DType type, int zeroPoint) {}

  private final FreshNames names;
  private final Map<Use, Codes> known = new HashMap<>();
  private final Map<One, String> zeroPoints = new HashMap<>();
  private final Map<String, String> columns = new HashMap<>();
  private final Map<GraphPath, Map<String, Tensor>> stored = new LinkedHashMap<>();

  WeightStore(FreshNames names) {
    this.names = names;
  }

  /** Initializers by the path of their graph. */
  Map<GraphPath, Map<String, Tensor>> stored() {
    return stored;
  }

  /**
   * The codes of a weight, laid out for an operator.
   *
   * @param turned whether the weight of a Gemm lies the other way round than codes must
   */
  Codes codes(Scopes.Constant weight, DynamicOperator operator, WeightSlot slot, boolean turned) {
    Use use = new Use(weight.path(), weight.name(), operator, slot, turned);
    Codes codes = known.get(use);
    if (codes == null) {
      codes = encode(weight, operator, slot, turned);
      known.put(use, codes);
    }
    return codes;
  }

  /** A bias with a dimension of 1 for each of the {@code axes} behind the channels. */
  String column(Scopes.Constant bias, int axes) {
    return columns.computeIfAbsent(
        bias.path().key(bias.name()) + "\n" + axes,
        key -> {
          int count = Math.toIntExact(bias.tensor().shape().elements());
          Tensor column = bias.tensor().reshaped(columnShape(count, axes));
          return store(bias.path(), bias.name() + "_column", column);
        });
  }

  private Codes encode(
      Scopes.Constant weight, DynamicOperator operator, WeightSlot slot, boolean turned) {
    QuantizedTensor quantized = CodedWeight.of(weight.tensor(), slot);
    QuantParams params = quantized.params();
    Shape original = weight.tensor().shape();
    Tensor codes = quantized.codes().reshaped(original);
    Shape scales =
        switch (operator) {
          case LSTM -> Shape.of(original.dim(0), original.dim(1));
          case CONV -> columnShape(params.scales().length, original.rank() - 2);
          case GATHER -> columnShape(params.scales().length, original.rank() - 1);
          case MATMUL, GEMM, OTHER -> params.shape();
        };
    return new Codes(
        store(
            weight.path(),
            weight.name() + "_quantized",
            turned || operator == DynamicOperator.LSTM ? ByteTensors.transposed(codes) : codes),
        store(weight.path(), weight.name() + "_scale", Tensor.ofFloats(scales, params.scales())),
        zeroPoint(weight, operator, quantized, scales));
  }

  private static Shape columnShape(int count, int axes) {
    long[] dims = new long[axes + 1];
    Arrays.fill(dims, 1);
    dims[0] = count;
    return Shape.of(dims);
  }

  private String zeroPoint(
      Scopes.Constant weight, DynamicOperator operator, QuantizedTensor quantized, Shape scales) {
    int[] values = quantized.params().zeroPoints();
    DType type = quantized.scheme().storage();
    boolean same = Arrays.stream(values).allMatch(value -> value == values[0]);
    if (operator == DynamicOperator.LSTM || !same) {
      String wish = weight.name() + "_zero_point";
      return store(weight.path(), wish, Tensor.ofBytes(type, scales, values));
    }
    if (values[0] == 0) {
      return "";
    }
    return zeroPoints.computeIfAbsent(
        new One(type, values[0]),
        one -> store(GraphPath.MAIN, "zero_point", Tensor.ofBytes(type, Shape.of(), values[0])));
  }

  private String store(GraphPath path, String wish, Tensor tensor) {
    String name = names.added(wish);
    stored.computeIfAbsent(path, p -> new LinkedHashMap<>()).put(name, tensor);
    return name;
  }
}
