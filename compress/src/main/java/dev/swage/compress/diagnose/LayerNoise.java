package dev.swage.compress.diagnose;

import java.util.Comparator;

/**
 * What quantization adds to one value of a model, as {@code SQNR = 10 log10(Σx² / Σ(x − y)²)} in
 * decibels with x of the float model; +∞ where nothing differs, NaN where something is not a
 * number.
 *
 * @param node that computes it in the float model: its name, or its first output where it has none
 * @param operator of that node
 * @param value the node's output, or that of a Relu or Clip which its codes made superfluous
 * @param isolatedDb y by the quantized node from x's own operands: only its weight, the codes of
 *     its operands and those of its result differ
 * @param cumulativeDb y of the quantized model, where everything before is quantized too
 * @param maxAbsDiff largest |x − y| of the quantized model
 */
public record LayerNoise(
    String node,
    String operator,
    String value,
    double isolatedDb,
    double cumulativeDb,
    double maxAbsDiff) {
  /** What a node adds itself, worst first. */
  public static final Comparator<LayerNoise> BY_ISOLATED =
      Comparator.comparingDouble((LayerNoise layer) -> worst(layer.isolatedDb))
          .thenComparingDouble(layer -> worst(layer.cumulativeDb));

  /** What has come together up to a node, worst first. */
  public static final Comparator<LayerNoise> BY_CUMULATIVE =
      Comparator.comparingDouble((LayerNoise layer) -> worst(layer.cumulativeDb))
          .thenComparingDouble(layer -> worst(layer.isolatedDb));

  private static double worst(double decibels) {
    return Double.isNaN(decibels) ? Double.NEGATIVE_INFINITY : decibels;
  }
}
