package dev.swage.quant;

/** Chooses the range of values that the codes of a scale cover. */
public sealed interface RangeEstimator {
  /** From the smallest to the largest element: nothing is clipped. */
  record MinMax() implements RangeEstimator {}

  /**
   * The shrunken range that loses least: of the ranges {@code f · [min, max]} with factors {@code f
   * = 1 − i (1 − smallest) / candidates}, i = 0 … candidates − 1, the one with the least sum of
   * squared differences between the elements and their dequantized codes; the widest of equals.
   * Costs one quantization per candidate. The grid of GPTQ's range search is 80 factors down to
   * 0.2.
   *
   * @param candidates number of factors tried, at least 1
   * @param smallest bound below the factors, in [0, 1)
   */
  record MeanSquaredError(int candidates, double smallest) implements RangeEstimator {
    public MeanSquaredError {
      if (candidates < 1) {
        throw new IllegalArgumentException("candidates must be at least 1, got " + candidates);
      }
      if (!(smallest >= 0 && smallest < 1)) {
        throw new IllegalArgumentException("smallest factor must be in [0, 1), got " + smallest);
      }
    }

    double factor(int candidate) {
      return 1 - candidate * (1 - smallest) / candidates;
    }
  }

  static RangeEstimator minMax() {
    return new MinMax();
  }

  static RangeEstimator meanSquaredError() {
    return new MeanSquaredError(80, 0.2);
  }
}
