package dev.swage.compress.qdq;

import dev.swage.compress.calibrate.TensorCalibration;
import dev.swage.compress.qdq.NodeDecision.Keep;
import dev.swage.compress.qdq.QdqPlan.PlannedNode;
import dev.swage.onnx.Node;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which nodes could read and write codes, each taken for itself. */
final class Eligibility {
  private final Operands operands;
  private final Set<String> exclude;
  private final Map<String, Keep> given;

  Eligibility(Operands operands, Set<String> exclude, Map<String, Keep> given) {
    this.operands = operands;
    this.exclude = exclude;
    this.given = given;
  }

  /** Why a node cannot; empty when it can. */
  Optional<Keep> obstacle(Node node) {
    if (exclude.contains(node.name()) || node.inputs().stream().anyMatch(exclude::contains)) {
      return keep(NodeKeepReason.EXCLUDED, "");
    }
    Keep decided = given.get(PlannedNode.nameOf(node));
    if (decided != null) {
      return Optional.of(decided);
    }
    Optional<Keep> form =
        switch (OperatorKind.of(node)) {
          case FLOAT, CLIP -> keep(NodeKeepReason.UNSUPPORTED_OPERATOR, node.opType());
          case PRODUCT -> product(node);
          case ELEMENTWISE, CONCAT, CODES -> Optional.empty();
        };
    return form.or(() -> unseen(node));
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
    if (node.is("Gemm")) {
      return gemm(node, weight, constantBias);
    }
    return Optional.empty();
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

  private Optional<Keep> unseen(Node node) {
    List<String> values = new ArrayList<>(operands.activations(node));
    node.outputs().stream().filter(output -> !output.isEmpty()).forEach(values::add);
    for (int position : operands.positions(node)) {
      String value = node.input(position);
      Optional<Tensor> constant = operands.constant(value);
      if (constant.isPresent() && constant.get().dtype() != DType.FLOAT32) {
        return keep(NodeKeepReason.UNSUPPORTED_FORM, value + " is " + constant.get().dtype());
      }
    }
    for (String value : values) {
      Optional<TensorCalibration> seen = operands.observed(value);
      if (seen.isEmpty() || seen.get().statistics().isEmpty()) {
        return keep(NodeKeepReason.NOT_OBSERVED, value);
      }
      if (seen.get().statistics().histogram().nonFinite() > 0) {
        return keep(NodeKeepReason.NOT_FINITE, value);
      }
    }
    return Optional.empty();
  }

  private static Optional<Keep> keep(NodeKeepReason reason, String detail) {
    return Optional.of(new Keep(reason, detail));
  }
}
