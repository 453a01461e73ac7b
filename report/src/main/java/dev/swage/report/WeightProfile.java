package dev.swage.report;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.util.List;

/**
 * One weight's distribution, and what fewer bits would cost it.
 *
 * @param name of the initializer in the graph
 * @param dtype as {@code float32}
 * @param shape of the tensor; empty for a scalar
 * @param distribution of its values
 * @param histogram of its values
 * @param expectedError for each width considered, widest first
 * @param recommendedBits narrowest width whose error is acceptable; the weight's own when none is
 * @param grids the levels of the quantized files, to be drawn over the histogram; may be empty
 */
public record WeightProfile(
    String name,
    String dtype,
    List<Long> shape,
    Distribution distribution,
    ValueHistogram histogram,
    List<WidthError> expectedError,
    int recommendedBits,
    List<QuantGrid> grids) {
  public WeightProfile {
    shape = List.copyOf(shape);
    expectedError = List.copyOf(expectedError);
    grids = List.copyOf(grids);
    Checks.positive("recommendedBits", recommendedBits);
  }

  /**
   * Moments and order statistics of the finite values.
   *
   * @param count all values
   * @param nonFinite how many of them are NaN or infinite
   * @param kurtosis fourth standardised moment: 3 for a normal distribution, more for heavier tails
   * @param quantiles by rising probability
   */
  public record Distribution(
      long count,
      long nonFinite,
      double min,
      double max,
      double mean,
      double std,
      double kurtosis,
      List<Quantile> quantiles) {
    public Distribution {
      quantiles = List.copyOf(quantiles);
    }
  }

  /** The value below which the share {@code p} of all values lies. */
  public record Quantile(double p, double value) {
    public Quantile {
      Checks.fraction("p", p);
    }
  }

  /**
   * The error expected of quantizing to a width.
   *
   * @param bits width
   * @param sqnrDb signal to quantization noise ratio in decibels: 10 · log10(Σx² / Σ(x − x̂)²)
   */
  public record WidthError(
      int bits, @JsonDeserialize(using = JsonNumbers.NullIsInfinity.class) double sqnrDb) {
    public WidthError {
      Checks.positive("bits", bits);
    }
  }
}
