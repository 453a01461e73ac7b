package dev.swage.run;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the kind of a graph's first output off its last operators, in float and in quantized form:
 * a quantized graph says what its float graph says.
 */
final class OutputEnding {
  private static final Set<String> PASS_THROUGH =
      Set.of("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Dropout");
  private static final Set<String> CONVERSIONS = Set.of("QuantizeLinear", "DequantizeLinear");
  private static final Set<String> INTEGER_PRODUCTS = Set.of("MatMulInteger", "ConvInteger");

  /** FLOAT, FLOAT16, DOUBLE and BFLOAT16 in ONNX's TensorProto.DataType. */
  private static final Set<Long> FLOAT_TYPES = Set.of(1L, 10L, 11L, 16L);

  private static final Set<DType> ACTIVATION_CODES =
      Set.of(DType.UINT8, DType.INT8, DType.UINT16, DType.INT16);
  private static final ValueLayout.OfShort LE_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Graph graph;
  private final GraphIndex index;

  private OutputEnding(Graph graph) {
    this.graph = graph;
    this.index = GraphIndex.of(graph);
  }

  static OutputKind of(Graph graph) {
    return graph.outputs().isEmpty()
        ? OutputKind.UNKNOWN
        : new OutputEnding(graph).kind(graph.outputs().getFirst().name());
  }

  /** Whether a graph computes on codes, or on weights that are stored as codes. */
  static boolean isQuantized(Graph graph) {
    return graph.nodes().stream()
        .map(Node::opType)
        .anyMatch(type ->
            type.contains("Quantize")
                || type.startsWith("QLinear")
                || type.startsWith("MatMulInteger")
                || type.equals("ConvInteger")
                || type.equals("QGemm")
                || type.equals("MatMulNBits"));
  }

  private OutputKind kind(String output) {
    String value = output;
    boolean clipped = false;
    for (int left = graph.nodes().size(); left > 0; left--) {
      Optional<Node> producer = producer(value);
      if (producer.isEmpty()) {
        return OutputKind.UNKNOWN;
      }
      Node node = producer.get();
      if (!passesThrough(node)) {
        OutputKind kind = ofNode(node);
        boolean unsure = clipped && kind == OutputKind.LOGITS && mayHoldRelu(node);
        return unsure ? OutputKind.UNKNOWN : kind;
      }
      clipped |= CONVERSIONS.contains(node.opType()) && hasNoNegativeCodes(node);
      value = node.input(0);
    }
    return OutputKind.UNKNOWN;
  }

  /** The node whose first output this is, if it is an operator of ONNX or of ONNX Runtime. */
  private Optional<Node> producer(String value) {
    return index
        .producer(value)
        .filter(node -> node.outputs().getFirst().equals(value))
        .filter(node -> node.is(node.opType()) || node.domain().equals("com.microsoft"));
  }

  private static boolean passesThrough(Node node) {
    return PASS_THROUGH.contains(node.opType())
        || CONVERSIONS.contains(node.opType())
        || (node.is("Cast") && FLOAT_TYPES.contains(node.intAttribute("to", 0)));
  }

  /**
   * Whether the zero point is the lowest code, so that no code stands for a negative number. A Relu
   * or Clip may then have been left out, for the codes saturate where it would clip.
   */
  private boolean hasNoNegativeCodes(Node conversion) {
    String name = conversion.input(2);
    if (name.isEmpty()) {
      return conversion.opType().equals("QuantizeLinear")
          && conversion.intAttribute("output_dtype", 0) == 0; // then it is uint8, from 0
    }
    return constant(name)
        .filter(zeroPoint -> ACTIVATION_CODES.contains(zeroPoint.dtype()))
        .map(OutputEnding::isLowest)
        .orElse(false);
  }

  private Optional<Tensor> constant(String name) {
    Tensor initializer = graph.initializers().get(name);
    if (initializer != null) {
      return Optional.of(initializer);
    }
    return index.producer(name).flatMap(Node::constantTensor);
  }

  /** Codes of activations have 8 or 16 bits. */
  private static boolean isLowest(Tensor zeroPoint) {
    int lowest = zeroPoint.dtype().minInt();
    int bytes = zeroPoint.dtype().bits() / 8;
    for (long at = 0; at < zeroPoint.byteSize(); at += bytes) {
      int code =
          bytes == 1
              ? zeroPoint.data().get(ValueLayout.JAVA_BYTE, at)
              : zeroPoint.data().get(LE_SHORT, at);
      if (code != lowest) {
        return false;
      }
    }
    return true;
  }

  /** A mean of what is not negative is not negative without any Relu. */
  private static boolean mayHoldRelu(Node node) {
    return !floatOperator(node).equals("GlobalAveragePool");
  }

  private OutputKind ofNode(Node node) {
    String activation = activation(node);
    if (!activation.isEmpty()) {
      return ofActivation(activation);
    }
    return isRescaling(node) ? OutputKind.LOGITS : ofOperator(floatOperator(node));
  }

  /** The activation that ONNX Runtime has put into a product; empty for none. */
  private static String activation(Node node) {
    return node.domain().equals("com.microsoft") ? node.stringAttribute("activation", "") : "";
  }

  private static OutputKind ofActivation(String opType) {
    return switch (opType) {
      case "Softmax", "Sigmoid" -> OutputKind.PROBABILITIES;
      case "LogSoftmax" -> OutputKind.LOG_PROBABILITIES;
      default -> OutputKind.UNKNOWN;
    };
  }

  private static OutputKind ofOperator(String opType) {
    return switch (opType) {
      case "Gemm", "MatMul", "Conv", "Add", "GlobalAveragePool" -> OutputKind.LOGITS;
      default -> ofActivation(opType);
    };
  }

  /** What the operator is called in a float graph. */
  private static String floatOperator(Node node) {
    String type = node.opType();
    return switch (type) {
      case "QGemm", "FusedGemm", "GemmFloat8" -> "Gemm";
      case "MatMulIntegerToFloat",
          "DynamicQuantizeMatMul",
          "MatMulNBits",
          "FusedMatMul",
          "FusedMatMulActivation" ->
          "MatMul";
      case "FusedConv" -> "Conv";
      default -> type.startsWith("QLinear") ? type.substring("QLinear".length()) : type;
    };
  }

  /** Whether a Mul turns the integers of a product to the product of floats. */
  private boolean isRescaling(Node node) {
    return node.is("Mul") && node.inputs().stream().anyMatch(this::isIntegerProduct);
  }

  private boolean isIntegerProduct(String value) {
    return producer(value)
        .filter(cast -> cast.is("Cast"))
        .flatMap(cast -> producer(cast.input(0)))
        .filter(product -> INTEGER_PRODUCTS.contains(product.opType()))
        .isPresent();
  }
}
