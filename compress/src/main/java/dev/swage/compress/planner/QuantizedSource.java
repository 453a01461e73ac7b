package dev.swage.compress.planner;

import dev.swage.onnx.OnnxModel;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Tells a model that is quantized already by its operators. */
public final class QuantizedSource {
  /** Those whose names do not begin or end as such names do. */
  private static final Set<String> OTHERS =
      Set.of(
          "ConvInteger",
          "MatMulInteger",
          "DequantizeLinear",
          "MatMulNBits",
          "MatMulBnb4",
          "MatMulFpQ4",
          "MatMulInteger16",
          "MatMulIntegerToFloat",
          "GatherBlockQuantized",
          "QAttention",
          "QGemm",
          "QMoE",
          "QOrderedMatMul");

  private QuantizedSource() {}

  /**
   * {@code 3 DequantizeLinear, 2 MatMulNBits}: the operators that work on codes, those of graphs
   * inside nodes too; empty where there are none.
   *
   * @param model whose functions are inlined
   */
  public static Optional<String> operators(OnnxModel model) {
    Map<String, Integer> counts = new TreeMap<>();
    model
        .graph()
        .walk(graph ->
            graph.nodes().stream()
                .map(node -> node.opType())
                .filter(QuantizedSource::isQuantized)
                .forEach(operator -> counts.merge(operator, 1, Integer::sum)));
    return counts.isEmpty()
        ? Optional.empty()
        : Optional.of(
            counts.entrySet().stream()
                .map(count -> String.format(Locale.ROOT, "%d %s", count.getValue(), count.getKey()))
                .collect(Collectors.joining(", ")));
  }

  /** In words, for people; empty where it is not quantized. */
  public static Optional<String> describe(OnnxModel model) {
    return operators(model)
        .map(operators ->
            "the source is quantized already: %s; only what is left in floats becomes codes"
                .formatted(operators));
  }

  /** Whether an operator of this name works on codes. */
  public static boolean isQuantized(String operator) {
    return OTHERS.contains(operator)
        || operator.startsWith("QLinear")
        || operator.startsWith("DynamicQuantize")
        || operator.equals("QuantizeLinear");
  }
}
