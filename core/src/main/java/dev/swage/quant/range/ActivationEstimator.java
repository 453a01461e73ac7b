package dev.swage.quant.range;

import dev.swage.quant.QuantScheme;
import java.util.List;

/**
 * Chooses the range that the codes of an activation cover. Pure: the same input, the same range.
 */
public sealed interface ActivationEstimator
    permits MinMaxRange,
        MovingAverageRange,
        PercentileRange,
        MeanSquaredErrorRange,
        EntropyRange,
        SqnrRange {
  /** The name in options, files and tables, as {@code min-max}. */
  String label();

  /**
   * The range for a scheme's codes; [0, 0] when there is no finite element.
   *
   * @param scheme per tensor; says how many codes there are, and whether they are symmetric
   */
  Range range(ActivationStatistics statistics, QuantScheme scheme);

  /** One of each with its defaults, in the order tables show them. */
  static List<ActivationEstimator> all() {
    return List.of(
        new MinMaxRange(),
        new MovingAverageRange(),
        PercentileRange.bySampleSize(),
        new MeanSquaredErrorRange(),
        new EntropyRange(),
        new SqnrRange());
  }
}
