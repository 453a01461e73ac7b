package dev.swage.compress.weights;

import dev.swage.compress.plan.WeightGrouping;
import dev.swage.quant.RangeEstimator;
import java.util.Set;

/**
 * How weights are quantized.
 *
 * @param bits width of the codes, 2…8; MATMUL_N_BITS takes 2, 4 and 8
 * @param grouping which elements share a scale; MATMUL_N_BITS takes groups only
 * @param symmetric signed codes round zero, else unsigned codes with a zero point
 * @param range what range of values the codes cover
 * @param format how the codes stand in the file
 * @param minElements weights with fewer elements are kept
 * @param exclude names of weights, or of nodes whose weights, are kept
 */
public record WeightOptions(
    int bits,
    WeightGrouping grouping,
    boolean symmetric,
    RangeEstimator range,
    WeightFormat format,
    long minElements,
    Set<String> exclude) {
  public WeightOptions {
    if (bits < 2 || bits > 8) {
      throw new IllegalArgumentException("bits must be 2…8, got " + bits);
    }
    if (minElements < 0) {
      throw new IllegalArgumentException("minimum elements must not be negative: " + minElements);
    }
    if (format == WeightFormat.MATMUL_N_BITS) {
      if (bits != 2 && bits != 4 && bits != 8) {
        throw new IllegalArgumentException(
            "MatMulNBits has kernels for 2, 4 and 8 bits, got %s; use QDQ".formatted(bits));
      }
      if (!(grouping instanceof WeightGrouping.Groups)) {
        throw new IllegalArgumentException("MatMulNBits quantizes in groups, got " + grouping);
      }
    }
    exclude = Set.copyOf(exclude);
  }

  /**
   * 8 bits, symmetric, per channel or in groups of 32 by the weight's distribution, min-max, QDQ,
   * every eligible weight.
   */
  public static WeightOptions int8() {
    return new WeightOptions(
        8, WeightGrouping.adaptive(), true, RangeEstimator.minMax(), WeightFormat.QDQ, 0, Set.of());
  }

  /** 4 bits, symmetric, groups of 32, least squared error, QDQ, every eligible weight. */
  public static WeightOptions int4() {
    return new WeightOptions(
        4,
        WeightGrouping.groups(32),
        true,
        RangeEstimator.meanSquaredError(),
        WeightFormat.QDQ,
        0,
        Set.of());
  }

  /** As {@link #int4} up to 4 bits and as {@link #int8} above. */
  public static WeightOptions of(int bits) {
    return (bits <= 4 ? int4() : int8()).withBits(bits);
  }

  public WeightOptions withBits(int width) {
    return new WeightOptions(width, grouping, symmetric, range, format, minElements, exclude);
  }

  public WeightOptions withGrouping(WeightGrouping choice) {
    return new WeightOptions(bits, choice, symmetric, range, format, minElements, exclude);
  }

  public WeightOptions asymmetric() {
    return new WeightOptions(bits, grouping, false, range, format, minElements, exclude);
  }

  public WeightOptions withRange(RangeEstimator estimator) {
    return new WeightOptions(bits, grouping, symmetric, estimator, format, minElements, exclude);
  }

  public WeightOptions withFormat(WeightFormat choice) {
    return new WeightOptions(bits, grouping, symmetric, range, choice, minElements, exclude);
  }

  public WeightOptions withMinElements(long count) {
    return new WeightOptions(bits, grouping, symmetric, range, format, count, exclude);
  }

  public WeightOptions excluding(Set<String> names) {
    return new WeightOptions(bits, grouping, symmetric, range, format, minElements, names);
  }

  /** The scheme in words, as a model's metadata hold it. */
  public String describe() {
    return "%s%s %s, %s, %s range, %s"
        .formatted(
            symmetric ? "int" : "uint",
            bits,
            symmetric ? "symmetric" : "asymmetric",
            grouping,
            range.label(),
            format);
  }
}
