package dev.swage.compress.qdq;

import dev.swage.compress.qdq.NodeDecision.Keep;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.Optional;
import java.util.Set;

/**
 * Which nodes of a graph ONNX Runtime 1.29 has an integer kernel for whose ranges are fixed ahead,
 * by operator, attributes and constants: what its CPU provider fuses between DequantizeLinear and
 * QuantizeLinear.
 */
public final class IntegerForms {
  private static final Set<String> RECURRENCES = Set.of("GRU", "LSTM", "RNN");

  private final Operands operands;

  IntegerForms(Operands operands) {
    this.operands = operands;
  }

  public static IntegerForms of(Graph graph) {
    return new IntegerForms(new Operands(graph));
  }

  /** Why a node cannot read and write codes, whatever was observed; empty when it can. */
  public Optional<Keep> obstacle(Node node) {
    return switch (OperatorKind.of(node)) {
      case FLOAT ->
          RECURRENCES.contains(node.opType()) && node.domain().isEmpty()
              ? keep(NodeKeepReason.RECURRENT, node.opType())
              : keep(NodeKeepReason.UNSUPPORTED_OPERATOR, node.opType());
      case CLIP -> keep(NodeKeepReason.UNSUPPORTED_OPERATOR, node.opType());
      case PRODUCT -> product(node);
      case ELEMENTWISE -> elementwise(node);
      case CODES -> moved(node);
      case CONCAT -> constants(node);
    };
  }

  private Optional<Keep> product(Node node) {
    Optional<Tensor> weight = operands.weight(node);
    if (weight.isEmpty() && node.is("Conv")) {
      return keep(NodeKeepReason.WEIGHT_NOT_CONSTANT, node.input(1));
    }
    String bias = node.input(2);
    Optional<Tensor> constantBias = operands.constant(bias);
    if (!bias.isEmpty() && constantBias.isEmpty()) {
      return keep(NodeKeepReason.WEIGHT_NOT_CONSTANT, bias);
    }
    if (weight.isPresent() && weight.get().dtype() != DType.FLOAT32) {
      return keep(NodeKeepReason.UNSUPPORTED_FORM, weight.get().dtype().toString());
    }
    int least = node.is("Conv") ? 3 : 2;
    if (weight.isPresent()
        && (weight.get().shape().rank() < least || weight.get().shape().elements() == 0)) {
      return keep(NodeKeepReason.UNSUPPORTED_FORM, "weight " + weight.get().shape());
    }
    return (node.is("Gemm") ? gemm(node, weight, constantBias) : Optional.<Keep>empty())
        .or(() -> constants(node));
  }

  private static Optional<Keep> gemm(Node node, Optional<Tensor> weight, Optional<Tensor> bias) {
    if (node.floatAttribute("alpha", 1) != 1
        || node.floatAttribute("beta", 1) != 1
        || node.intAttribute("transA", 0) != 0) {
      return keep(NodeKeepReason.UNSUPPORTED_FORM, "alpha, beta or transA");
    }
    if (bias.isEmpty()) {
      return Optional.empty();
    }
    if (weight.isEmpty()) {
      return keep(NodeKeepReason.UNSUPPORTED_FORM, "a bias on a product of activations");
    }
    int axis = node.intAttribute("transB", 0) == 0 ? 1 : 0;
    long columns = weight.get().shape().dim(axis);
    return bias.get().shape().elements() == columns
        ? Optional.empty()
        : keep(NodeKeepReason.UNSUPPORTED_FORM, "bias " + bias.get().shape());
  }

  private Optional<Keep> elementwise(Node node) {
    return RuntimeQuantized.isRefused(node)
        ? keep(NodeKeepReason.WOULD_NOT_FUSE, "QLinearAveragePool has no dilations")
        : constants(node);
  }

  /** The second output of MaxPool is no codes, and is made by the kernel on floats only. */
  private Optional<Keep> moved(Node node) {
    boolean indices = node.is("MaxPool") && node.outputs().size() > 1;
    return indices
        ? keep(NodeKeepReason.WOULD_NOT_FUSE, "with indices, MaxPool is not run on codes")
        : constants(node);
  }

  private Optional<Keep> constants(Node node) {
    for (int position : operands.positions(node)) {
      String value = node.input(position);
      Optional<Tensor> constant = operands.constant(value);
      if (constant.isPresent() && constant.get().dtype() != DType.FLOAT32) {
        return keep(NodeKeepReason.UNSUPPORTED_FORM, value + " is " + constant.get().dtype());
      }
    }
    return Optional.empty();
  }

  private static Optional<Keep> keep(NodeKeepReason reason, String detail) {
    return Optional.of(new Keep(reason, detail));
  }
}
