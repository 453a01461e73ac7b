package dev.swage.train.torch;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which weights a loss can be differentiated by: those that reach its value through operators that
 * have a gradient.
 */
public final class Reachability {
  /** Their outputs do not change a little when an input does. */
  private static final Set<String> WITHOUT_GRADIENT =
      Set.of(
          "ArgMax",
          "ArgMin",
          "Shape",
          "Size",
          "Equal",
          "Less",
          "LessOrEqual",
          "Greater",
          "GreaterOrEqual",
          "Not",
          "And",
          "Or",
          "Xor",
          "NonZero",
          "OneHot",
          "IsNaN",
          "IsInf",
          "Range",
          "ConstantOfShape",
          "EyeLike",
          "Hardmax",
          "Sign",
          "Round",
          "Floor",
          "Ceil",
          "QLinearConv",
          "QLinearMatMul",
          "MatMulInteger",
          "ConvInteger",
          "NonMaxSuppression",
          "Unique",
          "BitwiseAnd",
          "BitwiseOr",
          "BitwiseXor",
          "BitwiseNot",
          "BitShift",
          "DynamicQuantizeMatMul",
          "Bernoulli");

  /** ONNX's numbers of the float types. */
  private static final Set<Long> FLOATS = Set.of(1L, 10L, 11L, 16L);

  private final Graph graph;
  private final Set<String> reaching = new HashSet<>();

  private Reachability(Graph graph, String value) {
    this.graph = graph;
    reaching.add(value);
    for (Node node : graph.nodes().reversed()) {
      if (hasGradient(node) && node.outputs().stream().anyMatch(reaching::contains)) {
        reaching.addAll(node.inputs());
        node.subgraphs().forEach(inner -> reaching.addAll(GraphIndex.captures(inner)));
      }
    }
  }

  /**
   * Weights that the value cannot be differentiated by, each with the reason.
   *
   * @param value what the loss is computed on
   */
  public static Map<String, String> unreachable(Graph graph, String value, List<String> weights) {
    Reachability reachability = new Reachability(graph, value);
    Map<String, String> reasons = new LinkedHashMap<>();
    for (String weight : weights) {
      if (!reachability.reaching.contains(weight)) {
        reasons.put(weight, reachability.reason(weight));
      }
    }
    return reasons;
  }

  /** Whether some form of an operator has a gradient. */
  public static boolean hasGradient(String opType) {
    return !WITHOUT_GRADIENT.contains(opType);
  }

  private static boolean hasGradient(Node node) {
    boolean toIntegers = node.is("Cast") && !FLOATS.contains(node.intAttribute("to", 1));
    return !toIntegers && !WITHOUT_GRADIENT.contains(node.opType());
  }

  /** The way from the weight to where its gradient ends. */
  private String reason(String weight) {
    Map<String, String> ways = new HashMap<>();
    ways.put(weight, "'" + weight + "'");
    Optional<String> end = Optional.empty();
    for (Node node : graph.nodes()) {
      Optional<String> from = node.inputs().stream().filter(ways::containsKey).findFirst();
      if (from.isEmpty()) {
        continue;
      }
      String way = ways.get(from.get()) + " → " + node.describe();
      if (!hasGradient(node)) {
        end = Optional.of(way + ", which has no gradient");
        break;
      }
      node.outputs().forEach(output -> ways.put(output, way));
    }
    return end.orElse("the loss does not depend on it");
  }
}
