package dev.swage.compress.qdq;

import dev.swage.onnx.Node;
import java.util.List;
import java.util.Map;

/** Which operators can compute on codes whose ranges are fixed ahead. */
public final class StaticOperators {
  private StaticOperators() {}

  /** Whether some form of it can. */
  public static boolean contains(String domain, String opType) {
    Node node = new Node("", opType, domain, List.of("a", "b"), List.of("c"), Map.of());
    return OperatorKind.of(node) != OperatorKind.FLOAT;
  }
}
