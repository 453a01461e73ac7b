package dev.swage.report;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.util.List;

/**
 * How the weights spread over the epochs, what bit widths would cost them, and what clipping and
 * range control did meanwhile.
 *
 * @param weights in the order of the model
 * @param findings what the records say, in words
 */
public record WeightRanges(List<Weight> weights, List<String> findings) {
  public WeightRanges {
    weights = List.copyOf(weights);
    findings = List.copyOf(findings);
  }

  /**
   * A weight.
   *
   * @param control its range control in words; {@code none} without
   * @param epochs in order; at least one
   */
  public record Weight(String name, String control, List<Epoch> epochs) {
    public Weight {
      epochs = List.copyOf(epochs);
      Checks.positive("epochs of " + name, epochs.size());
    }

    /** After the last epoch. */
    public Epoch last() {
      return epochs.getLast();
    }
  }

  /**
   * A weight after an epoch.
   *
   * @param epoch from 1
   * @param largestOverStd the largest magnitude in standard deviations
   * @param kurtosis 3 for a Gaussian; NaN for a constant
   * @param errors what each width would cost it
   * @param limit how far elements may lie from 0; +∞ without a limit
   * @param atLimit share of the elements at the limit
   * @param gradientNorm the largest norm of its gradient before clipping in the epoch
   * @param clippedShare share of the epoch's steps in which gradients were clipped
   */
  public record Epoch(
      int epoch,
      double largestOverStd,
      double kurtosis,
      List<WidthCost> errors,
      @JsonDeserialize(using = JsonNumbers.NullIsInfinity.class) double limit,
      double atLimit,
      double gradientNorm,
      double clippedShare) {
    public Epoch {
      errors = List.copyOf(errors);
      Checks.fraction("atLimit", atLimit);
      Checks.fraction("clippedShare", clippedShare);
    }
  }

  /** √(Σ(w − ŵ)² / Σw²) with codes of so many bits and one symmetric scale for the weight. */
  public record WidthCost(int bits, double relativeError) {}
}
