package dev.swage.compress.proof;

import dev.swage.compress.qdq.QdqModel;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which quantized nodes ONNX Runtime runs on codes, read off the graph it makes of a file. A node
 * that was fused computes none of the floats it is written with; of a node that was not, they are
 * still there.
 */
final class IntegerNodes {
  /** Integer kernels that write floats. */
  private static final Set<String> INTEGER_TO_FLOAT = Set.of("MatMulIntegerToFloat", "QGemm");

  private static final Set<String> FLOAT_PRODUCTS =
      Set.of("Conv", "FusedConv", "FusedGemm", "FusedMatMul", "Gemm", "MatMul");

  /** Second factors of products in floating point. */
  private final Set<String> factors = new HashSet<>();

  private final Map<String, String> operators = new HashMap<>();
  private final Map<String, Long> counts = new LinkedHashMap<>();

  /**
   * What is run.
   *
   * @param optimized of {@link dev.swage.run.OptimizedGraph}
   */
  IntegerNodes(Graph optimized) {
    for (Node node : optimized.nodes()) {
      node.outputs().forEach(output -> operators.put(output, node.opType()));
      counts.merge(node.opType(), 1L, Long::sum);
      if (FLOAT_PRODUCTS.contains(node.opType())) {
        factors.add(node.input(1));
      }
    }
  }

  /** The quantized nodes of the plan that still compute floats, by their planned names. */
  List<String> notFused(QdqModel quantized) {
    List<String> names = new ArrayList<>();
    quantized
        .written()
        .forEach((name, written) -> {
          if (computesFloats(written)) {
            names.add(name);
          }
        });
    return names;
  }

  private boolean computesFloats(Node written) {
    String operator = operators.get(written.outputs().getFirst());
    return (operator != null && !INTEGER_TO_FLOAT.contains(operator))
        || factors.contains(written.input(1));
  }

  /**
   * How many convolutions that the plan keeps ONNX Runtime quantizes itself: those it finds between
   * codes.
   */
  long quantizedByRuntime(QdqModel quantized) {
    List<String> notFused = notFused(quantized);
    long planned =
        quantized.written().entrySet().stream()
            .filter(entry -> entry.getValue().is("Conv") && !notFused.contains(entry.getKey()))
            .count();
    return Math.max(0, counts.getOrDefault("QLinearConv", 0L) - planned);
  }

  /** How many nodes of each operator the optimized graph has. */
  Map<String, Long> counts() {
    return counts;
  }
}
