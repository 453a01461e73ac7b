package dev.swage.compress.proof;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How much rounding may change an output, relative to its largest element, where the same is
 * computed in another order.
 *
 * <p>What counts is the coarsest type of floating point that the model computes in: an output in
 * float32 of values in float16 is as coarse as these.
 */
final class RoundingTolerance {
  /**
   * Rounding of 2⁻²⁴ per operation in sums of some thousand terms, through a hundred layers,
   * relative to the largest element of the output; and room for a network that enlarges it.
   */
  static final double FLOAT32 = 1e-3;

  /** As much above 2⁻⁵³, with room for functions that are computed to fewer digits. */
  private static final double FLOAT64 = 1e-9;

  /**
   * Sums are in float32 and every value is rounded once: 2⁻¹¹ per layer, a random walk through a
   * hundred of them, and room for a network that enlarges it.
   */
  private static final double FLOAT16 = 2e-2;

  /** The same with 2⁻⁸. */
  private static final double BFLOAT16 = 1.6e-1;

  /** By the numbers of ONNX. */
  private static final Map<Long, DType> CASTS =
      Map.of(1L, DType.FLOAT32, 10L, DType.FLOAT16, 11L, DType.FLOAT64, 16L, DType.BFLOAT16);

  private RoundingTolerance() {}

  /** Of a model's outputs. */
  static double of(Graph graph) {
    return types(graph).map(RoundingTolerance::of).max(Comparator.naturalOrder()).orElse(FLOAT32);
  }

  private static double of(DType dtype) {
    return switch (dtype) {
      case FLOAT16 -> FLOAT16;
      case BFLOAT16 -> BFLOAT16;
      case FLOAT64 -> FLOAT64;
      default -> FLOAT32;
    };
  }

  /**
   * Types of floating point that a graph computes in, bodies included. Weights are stored in types
   * that nothing is computed in.
   */
  private static Stream<DType> types(Graph graph) {
    Stream<DType> values =
        Stream.concat(graph.inputs().stream(), graph.outputs().stream())
            .map(ValueInfo::dtype)
            .flatMap(Optional::stream)
            .filter(DType::isFloat);
    return Stream.concat(values, graph.nodes().stream().flatMap(RoundingTolerance::types));
  }

  private static Stream<DType> types(Node node) {
    Stream<DType> cast =
        node.is("Cast") ? Stream.ofNullable(CASTS.get(node.intAttribute("to", 0))) : Stream.empty();
    return Stream.concat(cast, node.subgraphs().stream().flatMap(RoundingTolerance::types));
  }
}
