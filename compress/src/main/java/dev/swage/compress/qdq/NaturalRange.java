package dev.swage.compress.qdq;

import dev.swage.onnx.Node;
import dev.swage.quant.range.Range;

/**
 * The values that an operator can give by its definition. An estimator may choose a range beyond
 * what was observed; codes for what is impossible would be wasted.
 *
 * <p>Probabilities have the range that was observed, which is 0.003 where a Softmax spreads them
 * over a thousand positions: codes for [0, 1] would lose all of them. Where they were seen up to
 * {@value #MOST_OF_IT} or more, codes cover [0, 1]: that costs one bit at most, and nothing
 * saturates whatever comes.
 */
final class NaturalRange {
  private static final double MOST_OF_IT = 0.5;

  private NaturalRange() {}

  /** What of a range the operator's values can lie in. */
  static Range within(Range range, Node producer) {
    if (!producer.is(producer.opType())) {
      return range;
    }
    return switch (producer.opType()) {
      case "HardSigmoid" -> clipped(range, 0, 1);
      case "Sigmoid", "Softmax" ->
          range.max() >= MOST_OF_IT ? new Range(0, 1) : clipped(range, 0, 1);
      case "Softsign", "Tanh" -> clipped(range, -1, 1);
      case "LogSoftmax" -> clipped(range, Float.NEGATIVE_INFINITY, 0);
      case "Abs", "Relu", "Softplus", "Sqrt" -> clipped(range, 0, Float.POSITIVE_INFINITY);
      default -> range;
    };
  }

  private static Range clipped(Range range, float low, float high) {
    return new Range(Math.clamp(range.min(), low, high), Math.clamp(range.max(), low, high));
  }
}
