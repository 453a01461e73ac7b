package dev.swage.compress.dynamic;

import dev.swage.onnx.Node;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The activations of one graph that become codes, each once. */
final class Activations {
  /** Names of codes, scale and zero point. */
  record Coded(String codes, String scale, String zeroPoint) {}

  private final NodeList nodes;
  private final Map<String, Coded> known = new HashMap<>();
  private final Map<String, Integer> readers = new HashMap<>();

  Activations(NodeList nodes) {
    this.nodes = nodes;
  }

  /** Announces a node that will read codes. */
  void expect(Node node) {
    switch (DynamicOperator.of(node)) {
      case MATMUL, GEMM, CONV -> readers.merge(node.input(0), 1, Integer::sum);
      case LSTM, GATHER, OTHER -> {}
    }
  }

  /** Whether several nodes read codes of a value. */
  boolean isShared(String value) {
    return readers.getOrDefault(value, 0) > 1;
  }

  /** The codes of a value, written before the first who asks. */
  Coded of(String value) {
    Coded coded = known.get(value);
    if (coded == null) {
      coded =
          new Coded(
              nodes.fresh(value + "_quantized"),
              nodes.fresh(value + "_scale"),
              nodes.fresh(value + "_zero_point"));
      nodes.add(
          Node.of(
              nodes.fresh(value + "_quantize"),
              "DynamicQuantizeLinear",
              List.of(value),
              coded.codes(),
              coded.scale(),
              coded.zeroPoint()));
      known.put(value, coded);
    }
    return coded;
  }
}
