package dev.swage.compress;

import dev.swage.onnx.Node;
import java.util.Optional;
import java.util.Set;

/** What a node does with a weight it reads. */
enum WeightRole {
  /** Second factor {@code […, K, N]} of MatMul, or of Gemm without transB. */
  PRODUCT,
  /** Second factor {@code [N, K]} of Gemm with transB. */
  PRODUCT_TRANSPOSED,
  /** {@code [O, I/groups, …]}. */
  CONVOLUTION,
  /** {@code [I, O/groups, …]}. */
  CONVOLUTION_TRANSPOSED,
  /** {@code [rows, width]} of Gather along axis 0. */
  EMBEDDING;

  private static final Set<String> NORMALIZATIONS =
      Set.of(
          "BatchNormalization",
          "LayerNormalization",
          "InstanceNormalization",
          "GroupNormalization",
          "RMSNormalization",
          "SimplifiedLayerNormalization",
          "SkipLayerNormalization");

  /** The role of input {@code index}; empty where nothing is quantized. */
  static Optional<WeightRole> of(Node node, int index) {
    if (index == 0 && node.is("Gather") && node.intAttribute("axis", 0) == 0) {
      return Optional.of(EMBEDDING);
    }
    if (index != 1) {
      return Optional.empty();
    }
    if (node.is("MatMul")) {
      return Optional.of(PRODUCT);
    }
    if (node.is("Gemm")) {
      return Optional.of(node.intAttribute("transB", 0) == 0 ? PRODUCT : PRODUCT_TRANSPOSED);
    }
    if (node.is("Conv")) {
      return Optional.of(CONVOLUTION);
    }
    return node.is("ConvTranspose") ? Optional.of(CONVOLUTION_TRANSPOSED) : Optional.empty();
  }

  /** Why input {@code index}, which has no role, is kept. */
  static KeepReason reasonWithoutRole(Node node, int index) {
    if (index > 0 && NORMALIZATIONS.contains(node.opType())) {
      return KeepReason.NORMALIZATION;
    }
    if (node.opType().endsWith("QuantizeLinear") || node.opType().equals("DequantizeLinear")) {
      return KeepReason.QUANTIZATION_PARAMETER;
    }
    boolean layerBias =
        index == 2 && (node.is("Gemm") || node.is("Conv") || node.is("ConvTranspose"));
    return layerBias || node.is("Add") ? KeepReason.BIAS : KeepReason.UNSUPPORTED_OPERATOR;
  }

  /** Whether a weight of this rank has this role's rows and columns. */
  boolean takesRank(int rank) {
    return switch (this) {
      case PRODUCT -> rank >= 2;
      case PRODUCT_TRANSPOSED, EMBEDDING -> rank == 2;
      case CONVOLUTION, CONVOLUTION_TRANSPOSED -> rank >= 3;
    };
  }

  /** The axis of the weight's own shape with one scale per index when quantized per channel. */
  int channelAxis(int rank) {
    return switch (this) {
      case PRODUCT -> rank - 1;
      case PRODUCT_TRANSPOSED, CONVOLUTION, EMBEDDING -> 0;
      case CONVOLUTION_TRANSPOSED -> 1;
    };
  }

  /** The axis of a product's output columns, as counted from the end. */
  int columnAxis() {
    return this == PRODUCT_TRANSPOSED ? -2 : -1;
  }
}
