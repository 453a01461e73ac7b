package dev.swage.compress.qdq;

import dev.swage.onnx.Node;
import dev.swage.quant.Histogram;
import dev.swage.quant.range.ActivationStatistics;
import dev.swage.quant.range.Range;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What is known of parts of a value: the operands of a Concat it is made by, and what nodes take
 * out of it that only move elements. Parts of one value may be quantities of very different
 * magnitude.
 */
final class ValueParts {
  private static final int BINS = 8192;

  private final Operands operands;
  private final Map<String, ActivationStatistics> constants = new HashMap<>();

  ValueParts(Operands operands) {
    this.operands = operands;
  }

  /** A part, under the name of the value that it is. */
  record Part(String name, ActivationStatistics statistics) {}

  /**
   * The operands that a value is put together of, through nodes that rearrange; none if unknown.
   */
  List<Part> madeOf(String value) {
    Node producer = operands.index().producer(value).orElse(null);
    if (producer == null) {
      return List.of();
    }
    if (OperatorKind.isPermutation(producer)) {
      return madeOf(producer.input(0));
    }
    if (OperatorKind.of(producer) != OperatorKind.CONCAT) {
      return List.of();
    }
    List<Part> parts = new ArrayList<>();
    for (String operand : producer.inputs()) {
      List<Part> inner = madeOf(operand);
      if (inner.isEmpty()) {
        part(operand).forEach(parts::add);
      } else {
        parts.addAll(inner);
      }
    }
    return parts;
  }

  /** A value or constant taken whole, as long as something is known of it. */
  Stream<Part> part(String value) {
    return operands
        .observed(value)
        .map(observed -> observed.statistics())
        .or(() -> operands.floats(value).map(tensor -> constant(value)))
        .filter(statistics -> !statistics.isEmpty())
        .map(statistics -> new Part(value, statistics))
        .stream();
  }

  private ActivationStatistics constant(String value) {
    return constants.computeIfAbsent(
        value,
        name -> {
          Histogram histogram = Histogram.of(operands.floats(name).orElseThrow(), BINS);
          return new ActivationStatistics(histogram, new Range(histogram.min(), histogram.max()));
        });
  }

  /** The nodes that read a value and hand on elements of it as they are. */
  List<Node> movers(String value) {
    return operands.index().consumers(value).stream()
        .filter(node -> OperatorKind.of(node) == OperatorKind.CODES)
        .filter(node -> node.input(0).equals(value))
        .toList();
  }
}
