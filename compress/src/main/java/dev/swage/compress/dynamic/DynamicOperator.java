package dev.swage.compress.dynamic;

import dev.swage.onnx.Node;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
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

  private static final int BITS = 8;

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

  /**
   * How a weight of this operator becomes codes. Those of Conv are unsigned round 127, because ONNX
   * Runtime's ConvInteger takes no others, and only one zero point; scales per channel are
   * possible, for it is behind it that they are multiplied with. An LSTM has a scale for each
   * gate's unit in each direction.
   */
  QuantScheme scheme(Node node, Tensor weight) {
    return switch (this) {
      case MATMUL ->
          QuantScheme.symmetric(
              BITS,
              weight.shape().rank() == 2 ? Granularity.perChannel(1) : Granularity.perTensor());
      case GEMM -> QuantScheme.symmetric(BITS, Granularity.perChannel(isTransposed(node) ? 0 : 1));
      case LSTM -> QuantScheme.symmetric(BITS, Granularity.perChannel(1));
      case GATHER -> QuantScheme.symmetric(BITS, Granularity.perChannel(0));
      case CONV -> new QuantScheme(DType.UINT8, BITS, true, Granularity.perChannel(0));
      case OTHER -> throw new IllegalArgumentException(node.describe() + " has no weight");
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

  /**
   * Fails unless this operator can read such codes: those of {@link #scheme}; one scale for all in
   * their place, not for LSTM and Gather; and for products of matrices any 8-bit codes.
   */
  void require(Node node, Tensor weight, QuantScheme scheme) {
    QuantScheme own = scheme(node, weight);
    boolean product = this == MATMUL || this == GEMM;
    boolean one = scheme.granularity().equals(Granularity.perTensor()) && takesOneScale();
    boolean scales = one || scheme.granularity().equals(own.granularity());
    boolean type =
        scheme.storage() == own.storage() || (product && scheme.storage().bits() == BITS);
    boolean zeroPoints = scheme.symmetric() || product || one;
    if (!scales || !type || !zeroPoints) {
      throw new IllegalArgumentException(
          "%s cannot read weights as %s; it can as %s".formatted(node.describe(), scheme, own));
    }
  }

  /** Whether the second factor of a Gemm lies the other way round. */
  static boolean isTransposed(Node node) {
    return node.is("Gemm") && node.intAttribute("transB", 0) != 0;
  }
}
