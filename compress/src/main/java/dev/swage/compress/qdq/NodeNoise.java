package dev.swage.compress.qdq;

import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.weights.WeightErrors;
import dev.swage.onnx.Node;
import dev.swage.tensor.Tensor;
import java.util.Optional;

/**
 * The noise that a node's codes are expected to add to what it computes, as a ratio of noise to
 * signal, if errors were independent and everything before it exact. Where a node only moves
 * elements or works on each alone, the part of its operands that loses the most counts: what others
 * hold does not help it.
 */
final class NodeNoise {
  private final CodedNodes selection;
  private final CodedValues values;
  private final ValueParts parts;
  private final Operands operands;
  private final QdqOptions options;
  private final WeightErrors errors;

  NodeNoise(
      CodedNodes selection,
      CodedValues values,
      ValueParts parts,
      Operands operands,
      QdqOptions options,
      WeightErrors errors) {
    this.selection = selection;
    this.values = values;
    this.parts = parts;
    this.operands = operands;
    this.options = options;
    this.errors = errors;
  }

  /** Of a node that is chosen. */
  double of(Node node) {
    return switch (OperatorKind.of(node)) {
      case PRODUCT -> product(node);
      case CONCAT -> concat(node);
      case CODES -> moved(node);
      case ELEMENTWISE, CLIP, FLOAT -> elementwise(node);
    };
  }

  /** How a product's weight becomes codes; empty for a product of activations. */
  Optional<WeightSlot> slot(Node node) {
    return operands
        .weight(node)
        .map(weight -> StaticSlots.of(node, weight, options.weightBits(), options.perTensor()));
  }

  private double product(Node node) {
    double sum = outputs(node);
    for (String operand : operands.activations(node)) {
      sum += values.noise(operand);
    }
    Optional<Tensor> weight = operands.weight(node);
    if (weight.isPresent()) {
      double relative = errors.relative(weight.get(), slot(node).orElseThrow());
      sum += relative * relative;
    }
    return sum;
  }

  private double elementwise(Node node) {
    double sum = outputs(node);
    for (String operand : operands.activations(node)) {
      sum += Math.max(values.noise(operand), worstPart(operand, operand));
    }
    return sum;
  }

  /** Codes are handed on as they are. */
  private double moved(Node node) {
    double worst = values.noise(node.input(0));
    for (String output : node.outputs()) {
      worst = Math.max(worst, values.noise(output));
    }
    return worst;
  }

  private double concat(Node node) {
    String output = node.outputs().getFirst();
    String written = selection.written(output);
    double worst = written.equals(output) ? worstPart(output, output) : values.noise(written);
    for (String operand : operands.activations(node)) {
      worst = Math.max(worst, values.noise(operand));
    }
    return worst;
  }

  /** Of the parts of a value in the codes of another, or of the same. */
  private double worstPart(String value, String coded) {
    return values.contains(coded)
        ? parts.madeOf(value).stream()
            .mapToDouble(part -> values.noise(part.statistics().histogram(), values.codes(coded)))
            .max()
            .orElse(0)
        : 0;
  }

  private double outputs(Node node) {
    double sum = 0;
    for (String output : node.outputs()) {
      sum += values.noise(selection.written(output));
    }
    return sum;
  }
}
