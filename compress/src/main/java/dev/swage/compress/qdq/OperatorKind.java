package dev.swage.compress.qdq;

import dev.swage.onnx.Node;
import java.util.Set;

/**
 * What an operator does with codes, as ONNX Runtime's CPU provider runs it. This is known of the
 * runtime, not of the operator: {@link dev.swage.onnx.op.OperatorFacts} says what an operator is.
 */
enum OperatorKind {
  /** Multiplies with a weight or with another activation in integers. */
  PRODUCT,
  /** Has an integer kernel of its own, which is worth it between codes only. */
  ELEMENTWISE,
  /** Puts its operands' codes side by side. */
  CONCAT,
  /** Moves or chooses codes without looking at them: scale and zero point stay. */
  CODES,
  /** Clips: codes that saturate do the same. */
  CLIP,
  /** Computes in floating point. */
  FLOAT;

  private static final Set<String> PRODUCTS = Set.of("Conv", "Gemm", "MatMul");
  private static final Set<String> ELEMENTWISES =
      Set.of("Add", "AveragePool", "GlobalAveragePool", "LeakyRelu", "Mul", "Sigmoid", "Softmax");
  private static final Set<String> MOVES =
      Set.of(
          "DepthToSpace",
          "Expand",
          "Flatten",
          "Gather",
          "MaxPool",
          "ReduceMax",
          "Reshape",
          "Slice",
          "Split",
          "Squeeze",
          "Tile",
          "Transpose",
          "Unsqueeze");

  private static final Set<String> PERMUTATIONS =
      Set.of("DepthToSpace", "Flatten", "Reshape", "Squeeze", "Transpose", "Unsqueeze");

  static OperatorKind of(Node node) {
    if (!node.is(node.opType())) {
      return FLOAT;
    }
    String type = node.opType();
    if (PRODUCTS.contains(type)) {
      return PRODUCT;
    }
    if (ELEMENTWISES.contains(type)) {
      return ELEMENTWISE;
    }
    if (type.equals("Sum") && node.inputs().size() == 2) {
      return ELEMENTWISE;
    }
    if (type.equals("Concat")) {
      return CONCAT;
    }
    if (type.equals("Relu") || type.equals("Clip")) {
      return CLIP;
    }
    boolean nearest =
        type.equals("Resize") && node.stringAttribute("mode", "nearest").equals("nearest");
    return nearest || MOVES.contains(type) ? CODES : FLOAT;
  }

  /** Whether the codes of this operator's output may be those of a clipped one. */
  boolean absorbsClip() {
    return this == PRODUCT || this == ELEMENTWISE || this == CONCAT;
  }

  /**
   * Whether a node's output has all elements of its input, each once, in another order or shape.
   */
  static boolean isPermutation(Node node) {
    return node.is(node.opType()) && PERMUTATIONS.contains(node.opType());
  }
}
