package dev.swage.compress;

import dev.swage.onnx.Node;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What a node does with a weight it reads. */
enum WeightRole {
  /** Second factor {@code […, K, N]} of a matrix product; {@code [K, 3N]} of fused attention. */
  PRODUCT,
  /** Second factor {@code [N, K]} of a product with transB. */
  PRODUCT_TRANSPOSED,
  /** {@code [O, I/groups, …]}. */
  CONVOLUTION,
  /** {@code [I, O/groups, …]}. */
  CONVOLUTION_TRANSPOSED,
  /** The same in several groups: each input channel has outputs, and so scales, of its own. */
  CONVOLUTION_TRANSPOSED_GROUPED,
  /** {@code [directions, gates · hidden, columns]} of RNN, GRU and LSTM. */
  RECURRENT,
  /** {@code [rows, width]} of which rows are looked up. */
  EMBEDDING;

  /** ONNX Runtime's own operators. */
  static final String CONTRIB = "com.microsoft";

  private static final Set<String> RECURRENCES = Set.of("RNN", "GRU", "LSTM");

  /** Inputs of operators of ONNX Runtime's own that are the second factor of a product. */
  private static final Map<String, Set<Integer>> CONTRIB_PRODUCTS =
      Map.of(
          "Attention", Set.of(1),
          "PackedAttention", Set.of(1),
          "LongformerAttention", Set.of(1, 3),
          "DecoderAttention", Set.of(2, 3),
          "GemmFastGelu", Set.of(1));

  private static final Set<String> NORMALIZATIONS =
      Set.of(
          "BatchNormalization",
          "LayerNormalization",
          "InstanceNormalization",
          "GroupNormalization",
          "RMSNormalization",
          "SimplifiedLayerNormalization",
          "SkipLayerNormalization",
          "SkipSimplifiedLayerNormalization",
          "GroupNorm",
          "SkipGroupNorm");

  /** Index of the bias of operators that have one. */
  private static final Map<String, Integer> BIASES =
      Map.ofEntries(
          Map.entry("Gemm", 2),
          Map.entry("Conv", 2),
          Map.entry("ConvTranspose", 2),
          Map.entry("FusedConv", 2),
          Map.entry("FusedGemm", 2),
          Map.entry("GemmFastGelu", 2),
          Map.entry("RNN", 3),
          Map.entry("GRU", 3),
          Map.entry("LSTM", 3),
          Map.entry("Attention", 2),
          Map.entry("PackedAttention", 2),
          Map.entry("LongformerAttention", 2),
          Map.entry("DecoderAttention", 4),
          Map.entry("MultiHeadAttention", 3),
          Map.entry("BiasGelu", 1),
          Map.entry("FastGelu", 1));

  /** The role of input {@code index}; empty where nothing is quantized. */
  static Optional<WeightRole> of(Node node, int index) {
    if (node.domain().equals(CONTRIB)) {
      return ofContrib(node, index);
    }
    if (index == 0 && node.is("Gather") && node.intAttribute("axis", 0) == 0) {
      return Optional.of(EMBEDDING);
    }
    if ((index == 1 || index == 2) && isRecurrence(node)) {
      return Optional.of(RECURRENT);
    }
    if (index != 1) {
      return Optional.empty();
    }
    if (node.is("MatMul")) {
      return Optional.of(PRODUCT);
    }
    if (node.is("Gemm")) {
      return Optional.of(product(node));
    }
    if (node.is("Conv")) {
      return Optional.of(CONVOLUTION);
    }
    if (node.is("ConvTranspose")) {
      boolean grouped = node.intAttribute("group", 1) > 1;
      return Optional.of(grouped ? CONVOLUTION_TRANSPOSED_GROUPED : CONVOLUTION_TRANSPOSED);
    }
    return Optional.empty();
  }

  private static Optional<WeightRole> ofContrib(Node node, int index) {
    String type = node.opType();
    if (type.equals("EmbedLayerNormalization") && index >= 2 && index <= 4) {
      return Optional.of(EMBEDDING);
    }
    if (index == 1 && (type.equals("FusedMatMul") || type.equals("FusedGemm"))) {
      return Optional.of(product(node));
    }
    if (index == 1 && type.equals("FusedConv")) {
      return Optional.of(CONVOLUTION);
    }
    return CONTRIB_PRODUCTS.getOrDefault(type, Set.of()).contains(index)
        ? Optional.of(PRODUCT)
        : Optional.empty();
  }

  private static WeightRole product(Node node) {
    return node.intAttribute("transB", 0) == 0 ? PRODUCT : PRODUCT_TRANSPOSED;
  }

  private static boolean isRecurrence(Node node) {
    return node.domain().isEmpty() && RECURRENCES.contains(node.opType());
  }

  /** Why input {@code index}, which has no role, is kept. */
  static KeepReason reasonWithoutRole(Node node, int index) {
    String type = node.opType();
    boolean scales = type.equals("EmbedLayerNormalization") && index > 4;
    if (scales || (index > 0 && NORMALIZATIONS.contains(type))) {
      return KeepReason.NORMALIZATION;
    }
    if (type.endsWith("QuantizeLinear") || type.equals("DequantizeLinear")) {
      return KeepReason.QUANTIZATION_PARAMETER;
    }
    if (isRecurrence(node) && (index == 5 || index == 6)) {
      return KeepReason.INITIAL_STATE;
    }
    boolean peephole = node.is("LSTM") && index == 7;
    return peephole || index == BIASES.getOrDefault(type, -1) || node.is("Add")
        ? KeepReason.BIAS
        : KeepReason.UNSUPPORTED_OPERATOR;
  }

  /** Whether a weight of this rank has this role's rows and columns. */
  boolean takesRank(int rank) {
    return switch (this) {
      case PRODUCT -> rank >= 2;
      case PRODUCT_TRANSPOSED, EMBEDDING -> rank == 2;
      case CONVOLUTION, CONVOLUTION_TRANSPOSED, CONVOLUTION_TRANSPOSED_GROUPED -> rank >= 3;
      case RECURRENT -> rank == 3;
    };
  }

  /** The axis of the weight's own shape with one scale per index when quantized per channel. */
  int channelAxis(int rank) {
    return switch (this) {
      case PRODUCT -> rank - 1;
      case PRODUCT_TRANSPOSED, CONVOLUTION, CONVOLUTION_TRANSPOSED_GROUPED, EMBEDDING -> 0;
      case CONVOLUTION_TRANSPOSED, RECURRENT -> 1;
    };
  }

  /** The axis of a product's output columns, as counted from the end. */
  int columnAxis() {
    return this == PRODUCT_TRANSPOSED ? -2 : -1;
  }
}
