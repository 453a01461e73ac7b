package dev.swage.compress.dynamic;

import dev.swage.onnx.Node;
import java.util.List;
import java.util.Map;

/** Which operators can compute with codes of their activations that are made at every run. */
public final class DynamicOperators {
  private DynamicOperators() {}

  /** Whether some form of it can. */
  public static boolean contains(String domain, String opType) {
    Node node = new Node("", opType, domain, List.of("a", "b"), List.of("c"), Map.of());
    return DynamicOperator.of(node) != DynamicOperator.OTHER;
  }
}
