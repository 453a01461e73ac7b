package dev.swage.quant.range;

import dev.swage.quant.QuantScheme;
import dev.swage.quant.range.BinMoments.Codes;

/**
 * The range with the best signal to quantization noise ratio when clipped elements count γ times:
 * least {@code Σ p (rounding error)² + γ Σ p (clipping error)²}. As AIMET's {@code tf_enhanced}: a
 * symmetric scheme tries 101 scales, k / 100 of the min-max scale; an asymmetric one 17 scales, k /
 * 16 of it, each with 21 zero points spread evenly over the codes and the min-max one. Of equals
 * the widest.
 *
 * @param gamma weight of clipping errors, at least 0; AIMET's is 3
 */
public record SqnrRange(double gamma) implements ActivationEstimator {
  /** AIMET's weight of clipping errors. */
  public static final double DEFAULT_GAMMA = 3;

  private static final int SYMMETRIC_SCALES = 101;
  private static final int ASYMMETRIC_SCALES = 17;
  private static final int ZERO_POINTS = 21;

  public SqnrRange {
    if (!(gamma >= 0) || Double.isInfinite(gamma)) {
      throw new IllegalArgumentException("gamma must be at least 0 and finite, got " + gamma);
    }
  }

  public SqnrRange() {
    this(DEFAULT_GAMMA);
  }

  @Override
  public String label() {
    return "sqnr";
  }

  @Override
  public Range range(ActivationStatistics statistics, QuantScheme scheme) {
    Range observed = statistics.observed();
    if (observed.min() == 0 && observed.max() == 0) {
      return observed;
    }
    Search search = new Search(BinMoments.of(statistics.histogram()), scheme, gamma);
    return scheme.symmetric() ? search.symmetric(observed) : search.asymmetric(observed);
  }

  private static final class Search {
    private final BinMoments moments;
    private final int steps;
    private final double gamma;
    private double least = Double.POSITIVE_INFINITY;
    private Range best = Range.zero();

    Search(BinMoments moments, QuantScheme scheme, double gamma) {
      this.moments = moments;
      this.steps = scheme.steps();
      this.gamma = gamma;
    }

    Range symmetric(Range observed) {
      double magnitude = Math.max(Math.abs(observed.min()), Math.abs(observed.max()));
      int side = steps / 2;
      for (int k = SYMMETRIC_SCALES; k >= 1; k--) {
        consider(2 * magnitude / steps * k / (SYMMETRIC_SCALES - 1), -side, side);
      }
      return best;
    }

    Range asymmetric(Range observed) {
      double low = Math.min(0, observed.min());
      double high = Math.max(0, observed.max());
      double widest = (high - low) / steps;
      int minMax = (int) Math.rint(low / widest);
      for (int k = ASYMMETRIC_SCALES; k >= 1; k--) {
        double scale = widest * k / (ASYMMETRIC_SCALES - 1);
        consider(scale, minMax, minMax + steps);
        for (int j = 0; j < ZERO_POINTS; j++) {
          int lowest = -(int) Math.rint((double) steps * j / (ZERO_POINTS - 1));
          consider(scale, lowest, lowest + steps);
        }
      }
      return best;
    }

    /** A scale whose codes reach from {@code lowest} to {@code highest} steps about 0. */
    private void consider(double scale, int lowest, int highest) {
      float min = (float) (lowest * scale);
      float max = (float) (highest * scale);
      if (scale <= 0 || Float.isInfinite(min) || Float.isInfinite(max)) {
        return;
      }
      double error = moments.squaredError(scale, 0, new Codes(lowest, highest), gamma);
      if (error < least) {
        least = error;
        best = new Range(min, max);
      }
    }
  }
}
