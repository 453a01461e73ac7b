package dev.swage.quant.range;

import dev.swage.quant.Histogram;
import dev.swage.quant.QuantScheme;
import java.util.OptionalDouble;

/**
 * Leaves out the share {@code 1 − p} of the elements: for a symmetric scheme those of largest
 * magnitude, else half of them at each end. Right to within a bin; never beyond the observed
 * extremes.
 *
 * <p>A fixed p of 99.999 % means nothing for less than 100,000 elements, where it leaves out less
 * than one. By sample size, the share left out of n elements is {@code max(10⁻⁵, 10 / n)}: always
 * some ten elements, 99.999 % from a million on; below {@value #FEWEST} elements nothing is left
 * out, because a tail cannot be told from chance there.
 *
 * @param share p, in (0.5, 1]; empty for one by sample size
 */
public record PercentileRange(OptionalDouble share) implements ActivationEstimator {
  /** Elements below which nothing is left out by sample size. */
  public static final long FEWEST = 10_000;

  private static final double LEAST_TAIL = 1e-5;
  private static final double ELEMENTS_LEFT_OUT = 10;

  public PercentileRange {
    if (share.isPresent() && !(share.getAsDouble() > 0.5 && share.getAsDouble() <= 1)) {
      throw new IllegalArgumentException(
          "a percentile range keeps a share in (0.5, 1], got " + share.getAsDouble());
    }
  }

  /** The share kept follows from the number of elements. */
  public static PercentileRange bySampleSize() {
    return new PercentileRange(OptionalDouble.empty());
  }

  /** Keeps this share, as 0.9999, of however many elements. */
  public static PercentileRange keeping(double share) {
    return new PercentileRange(OptionalDouble.of(share));
  }

  /** The share left out of so many elements. */
  public double tail(long elements) {
    if (share.isPresent()) {
      return 1 - share.getAsDouble();
    }
    return elements < FEWEST ? 0 : Math.max(LEAST_TAIL, ELEMENTS_LEFT_OUT / elements);
  }

  @Override
  public String label() {
    return "percentile";
  }

  @Override
  public Range range(ActivationStatistics statistics, QuantScheme scheme) {
    Histogram histogram = statistics.histogram();
    long total = histogram.total();
    double tail = tail(total);
    if (tail * total < 1) {
      return statistics.observed();
    }
    Range range;
    if (scheme.symmetric()) {
      float threshold = (float) magnitude(histogram, (1 - tail) * total);
      range = new Range(-threshold, threshold);
    } else {
      range =
          new Range((float) histogram.quantile(tail / 2), (float) histogram.quantile(1 - tail / 2));
    }
    return range.clippedTo(histogram.min(), histogram.max());
  }

  /** The magnitude below which {@code target} elements lie, spread evenly in their bins. */
  private static double magnitude(Histogram histogram, double target) {
    long[] counts = histogram.counts();
    int half = counts.length / 2;
    double below = 0;
    for (int k = 0; k < half; k++) {
      long inBin = counts[half + k] + counts[half - 1 - k];
      if (inBin > 0 && below + inBin >= target) {
        return (k + Math.clamp((target - below) / inBin, 0, 1)) * histogram.binWidth();
      }
      below += inBin;
    }
    return half * histogram.binWidth();
  }
}
