package dev.swage.range;

import dev.swage.kernel.RangePenalties;
import dev.swage.kernel.WeightMoments;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantError;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.Quantizer;
import dev.swage.quant.RangeEstimator;
import dev.swage.tensor.Tensor;
import java.util.List;

/**
 * How a weight's values spread after an epoch, and what each bit width would cost it.
 *
 * @param epoch from 1
 * @param weight its name
 * @param control its range control in words; {@code none} without
 * @param largestOverStd the largest magnitude in standard deviations; 0 for a constant
 * @param kurtosis 3 for a Gaussian, 1.8 for a uniform distribution; NaN for a constant
 * @param errors {@code √(Σ(w − ŵ)² / Σw²)} at each of {@link #WIDTHS}, measured: symmetric codes
 *     with one min-max scale for the whole weight; NaN where an element is not finite
 * @param limit how far elements may lie from 0; +∞ without a limit
 * @param atLimit share of the elements that lie at the limit
 */
public record WeightRecord(
    int epoch,
    String weight,
    String control,
    double largestOverStd,
    double kurtosis,
    List<Double> errors,
    double limit,
    double atLimit) {
  /** The bit widths, widest first. */
  public static final List<Integer> WIDTHS = List.of(8, 4, 3, 2);

  public WeightRecord {
    errors = List.copyOf(errors);
    if (errors.size() != WIDTHS.size()) {
      throw new IllegalArgumentException(
          "a weight record has %d errors, got %d".formatted(WIDTHS.size(), errors.size()));
    }
  }

  /**
   * Measures a weight: some five reads of it.
   *
   * @param values float32
   */
  public static WeightRecord of(
      int epoch, String weight, Tensor values, String control, double limit) {
    WeightMoments moments = WeightMoments.of(values.data());
    boolean finite = Float.isFinite(moments.largest());
    return new WeightRecord(
        epoch,
        weight,
        control,
        moments.largestOverStd(),
        moments.kurtosis(),
        WIDTHS.stream().map(bits -> finite ? error(values, bits) : Double.NaN).toList(),
        limit,
        Double.isInfinite(limit) ? 0 : shareAt(values, (float) limit));
  }

  private static double error(Tensor values, int bits) {
    QuantScheme scheme = QuantScheme.symmetric(bits, Granularity.perTensor());
    return QuantError.of(values, Quantizer.quantize(values, scheme, RangeEstimator.minMax()))
        .relativeError();
  }

  private static double shareAt(Tensor values, float limit) {
    long at = RangePenalties.tail(values.data(), Math.nextDown(limit)).count();
    return at == 0 ? 0 : (double) at / values.shape().elements();
  }

  /** The error at one of {@link #WIDTHS}. */
  public double error(int bits) {
    return errors.get(WIDTHS.indexOf(bits));
  }
}
