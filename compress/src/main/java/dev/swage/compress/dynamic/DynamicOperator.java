package dev.swage.compress.dynamic;

import dev.swage.onnx.Node;
import dev.swage.onnx.op.OperatorFacts;
import dev.swage.onnx.op.WeightKind;
import java.util.List;

/** Operators that can compute with codes of their weights, and where those lie. */
enum DynamicOperator {
  MATMUL,
  GEMM,
  CONV,
  LSTM,
  /** Looks rows of a table up. */
  GATHER,
  OTHER;

  static DynamicOperator of(Node node) {
    if (!node.is(node.opType())) {
      return OTHER;
    }
    return switch (node.opType()) {
      case "MatMul" -> MATMUL;
      case "Gemm" -> GEMM;
      case "Conv" -> CONV;
      case "LSTM" -> LSTM;
      case "Gather" -> GATHER;
      default -> OTHER;
    };
  }

  /** The inputs that are weights. */
  List<Integer> weights() {
    return switch (this) {
      case MATMUL, GEMM, CONV -> List.of(1);
      case LSTM -> List.of(1, 2);
      case GATHER -> List.of(0);
      case OTHER -> List.of();
    };
  }

  /** Whether a scheme with one scale for the whole weight is read too. */
  boolean takesOneScale() {
    return switch (this) {
      case MATMUL, GEMM, CONV -> true;
      case LSTM, GATHER, OTHER -> false;
    };
  }

  /** Whether its kernel multiplies signed codes, which may saturate unless they are within ±64. */
  boolean multipliesSigned() {
    return switch (this) {
      case MATMUL, GEMM, LSTM -> true;
      case CONV, GATHER, OTHER -> false;
    };
  }

  /** Whether the second factor of a product lies the other way round. */
  static boolean isTransposed(Node node) {
    return OperatorFacts.of(node)
        .weight(node, 1)
        .filter(kind -> kind == WeightKind.PRODUCT_TRANSPOSED)
        .isPresent();
  }
}
