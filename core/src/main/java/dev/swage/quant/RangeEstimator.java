package dev.swage.quant;

import java.util.List;

/** Chooses the range of values that the codes of a scale cover. */
public sealed interface RangeEstimator {
  /** The name in options, files and tables, as {@code min-max}. */
  String label();

  /** From the smallest to the largest element: nothing is clipped. */
  record MinMax() implements RangeEstimator {
    @Override
    public String label() {
      return "min-max";
    }
  }

  /**
   * The scale that loses least. Each of these scales is tried: that of {@link MinMax}, and {@code f
   * · reach} with factors {@code f} evenly from 1.1 to {@code smallest}, where {@code reach} is the
   * least scale with which no element is clipped. The codes q that it gives the elements x are
   * fitted by least squares, {@code s = Σ (q − z) x / Σ (q − z)²}; the scale with which its codes
   * lose least is fitted to its own codes once more. The zero point z is that of the min-max range.
   * It never loses more than min-max.
   *
   * @param candidates number of factors, at least 2
   * @param smallest the least factor, in (0, 1)
   */
  record MeanSquaredError(int candidates, double smallest) implements RangeEstimator {
    private static final double LARGEST = 1.1;

    public MeanSquaredError {
      if (candidates < 2) {
        throw new IllegalArgumentException("candidates must be at least 2, got " + candidates);
      }
      if (!(smallest > 0 && smallest < 1)) {
        throw new IllegalArgumentException("smallest factor must be in (0, 1), got " + smallest);
      }
    }

    @Override
    public String label() {
      return "mse";
    }

    double factor(int candidate) {
      return LARGEST - candidate * (LARGEST - smallest) / (candidates - 1);
    }
  }

  /**
   * Scales and zero points that were found before, as by training: nothing is fitted.
   *
   * @param params of the whole tensor, in the shape in which its elements share scales
   */
  record Given(QuantParams params) implements RangeEstimator {
    @Override
    public String label() {
      return "trained";
    }
  }

  /** Of a range that does not follow from the elements: trained, or fixed by a person. */
  static RangeEstimator given(QuantParams params) {
    return new Given(params);
  }

  static RangeEstimator minMax() {
    return new MinMax();
  }

  static RangeEstimator meanSquaredError() {
    return new MeanSquaredError(15, 0.4);
  }

  /** One of each that finds a range, with its defaults. */
  static List<RangeEstimator> all() {
    return List.of(minMax(), meanSquaredError());
  }
}
