package dev.swage.compress.qdq;

import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.compress.weights.Weight;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.op.OperatorFacts;
import dev.swage.onnx.op.WeightKind;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Which nodes of a graph ONNX Runtime 1.29 has an integer kernel for whose ranges are fixed ahead,
 * by operator, attributes and constants: what its CPU provider fuses between DequantizeLinear and
 * QuantizeLinear.
 */
public final class IntegerForms {
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
          OperatorFacts.of(node).isRecurrent()
              ? keep(KeepReason.RECURRENT, node.opType())
              : keep(KeepReason.UNSUPPORTED_OPERATOR, node.opType());
      case CLIP -> keep(KeepReason.UNSUPPORTED_OPERATOR, node.opType());
      case PRODUCT -> product(node);
      case ELEMENTWISE -> elementwise(node);
      case CODES -> moved(node);
      case CONCAT -> constants(node);
    };
  }

  private Optional<Keep> product(Node node) {
    Optional<Tensor> weight = operands.weight(node);
    if (weight.isEmpty() && node.is("Conv")) {
      return keep(KeepReason.WEIGHT_NOT_CONSTANT, node.input(1));
    }
    String bias = node.input(2);
    Optional<Tensor> constantBias = operands.constant(bias);
    if (!bias.isEmpty() && constantBias.isEmpty()) {
      return keep(KeepReason.WEIGHT_NOT_CONSTANT, bias);
    }
    if (weight.isPresent() && weight.get().dtype() != DType.FLOAT32) {
      return keep(KeepReason.NOT_FLOAT32, weight.get().dtype().toString());
    }
    int least = node.is("Conv") ? 3 : 2;
    if (weight.isPresent()
        && (weight.get().shape().rank() < least || weight.get().shape().elements() == 0)) {
      return keep(KeepReason.UNSUPPORTED_FORM, "weight " + weight.get().shape());
    }
    return (node.is("Gemm") ? gemm(node, weight, constantBias) : Optional.<Keep>empty())
        .or(() -> constants(node));
  }

  private static Optional<Keep> gemm(Node node, Optional<Tensor> weight, Optional<Tensor> bias) {
    if (node.floatAttribute("alpha", 1) != 1
        || node.floatAttribute("beta", 1) != 1
        || node.intAttribute("transA", 0) != 0) {
      return keep(KeepReason.UNSUPPORTED_FORM, "alpha, beta or transA");
    }
    if (bias.isEmpty()) {
      return Optional.empty();
    }
    if (weight.isEmpty()) {
      return keep(KeepReason.UNSUPPORTED_FORM, "a bias on a product of activations");
    }
    long columns =
        weight.get().shape().dim(Weight.kindOf(node, 1).map(WeightKind::columnAxis).orElse(-1));
    Shape shape = bias.get().shape();
    boolean row =
        shape.elements() == columns && shape.rank() > 0 && shape.dim(shape.rank() - 1) == columns;
    return row ? Optional.empty() : keep(KeepReason.UNSUPPORTED_FORM, "bias " + bias.get().shape());
  }

  private Optional<Keep> elementwise(Node node) {
    return RuntimeQuantized.isRefused(node)
        ? keep(KeepReason.WOULD_NOT_FUSE, "QLinearAveragePool has no dilations")
        : constants(node);
  }

  /** The second output of MaxPool is no codes, and is made by the kernel on floats only. */
  private Optional<Keep> moved(Node node) {
    boolean indices = node.is("MaxPool") && node.outputs().size() > 1;
    return indices
        ? keep(KeepReason.WOULD_NOT_FUSE, "with indices, MaxPool is not run on codes")
        : constants(node);
  }

  private Optional<Keep> constants(Node node) {
    for (int position : operands.positions(node)) {
      String value = node.input(position);
      Optional<Tensor> constant = operands.constant(value);
      if (constant.isPresent() && constant.get().dtype() != DType.FLOAT32) {
        return keep(KeepReason.NOT_FLOAT32, value + " is " + constant.get().dtype());
      }
    }
    return Optional.empty();
  }

  /** The constant factor of a node; empty where it has none. */
  public Optional<Tensor> weight(Node node) {
    return operands.weight(node);
  }

  /** Whether a constant at this input of a quantized node becomes codes with the node. */
  public static boolean takesAsCodes(Node node, int index) {
    return switch (OperatorKind.of(node)) {
      case PRODUCT, ELEMENTWISE, CONCAT -> true;
      case CODES, CLIP, FLOAT -> false;
    };
  }

  /** The values that a node reads as codes, and writes as codes unless its kernel writes floats. */
  public List<String> codes(Node node) {
    List<String> values = new ArrayList<>(operands.activations(node));
    if (!node.is("MatMul") && !node.is("Gemm")) {
      node.outputs().stream().filter(output -> !output.isEmpty()).forEach(values::add);
    }
    return values;
  }

  /**
   * Why a node cannot be left out for the codes of another; empty when it can: it is a Relu or Clip
   * that alone reads what the other writes, and those codes saturate where it clips.
   *
   * @param producer planned name of the other
   * @param value codes of what the node writes; empty where there are none
   */
  public Optional<String> absorbObstacle(Node clip, String producer, Optional<PlannedValue> value) {
    if (OperatorKind.of(clip) != OperatorKind.CLIP) {
      return Optional.of("only Relu and Clip are");
    }
    Optional<Node> before = operands.index().producer(clip.input(0));
    boolean reads =
        before
            .filter(node -> PlannedNode.nameOf(node).equals(producer))
            .filter(node -> OperatorKind.of(node).absorbsClip())
            .isPresent();
    if (!reads || operands.index().onlyConsumer(clip.input(0)).isEmpty()) {
      return Optional.of("it must be the only one to read what that node computes");
    }
    if (value.isEmpty()) {
      return Optional.of(
          "the plan has no range for value '%s'".formatted(clip.outputs().getFirst()));
    }
    return reach(clip, value.get());
  }

  /** Codes saturate within half a step of a bound. */
  private Optional<String> reach(Node clip, PlannedValue value) {
    double step = value.codes().scale();
    double low = (value.scheme().qmin() - value.codes().zeroPoint()) * step;
    double high = (value.scheme().qmax() - value.codes().zeroPoint()) * step;
    double lower = operands.lowerBound(clip);
    double upper = operands.upperBound(clip);
    boolean within = low >= lower - 0.51 * step && high <= upper + 0.51 * step;
    return within
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "codes of '%s' reach from %.4g to %.4g where it clips to [%s, %s]",
                value.name(),
                low,
                high,
                lower,
                upper));
  }

  private static Optional<Keep> keep(KeepReason reason, String detail) {
    return Optional.of(new Keep(reason, detail));
  }
}
