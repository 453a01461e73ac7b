package dev.swage.quant.range;

import dev.swage.quant.QuantScheme;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.quant.range.BinMoments.Codes;

/**
 * The range with the least {@code Σ (x − x̂)²}, where x̂ is what x's code stands for: rounding
 * errors inside the range against clipping errors outside. The error of a candidate is exact for
 * elements spread evenly in their bins, {@code d (e³ − b³) / 3} for density d from b to e about a
 * code's value, as in torchao's HistogramObserver; where that walks in from the ends, this
 * searches: the ends are the observed extremes times factors from a grid, which is refined around
 * the best. Of equals the widest.
 */
public record MeanSquaredErrorRange() implements ActivationEstimator {
  private static final int GRID = 128;
  private static final int PLANE_GRID = 24;
  private static final int REFINEMENTS = 3;
  private static final int REFINED = 4;

  @Override
  public String label() {
    return "mse";
  }

  @Override
  public Range range(ActivationStatistics statistics, QuantScheme scheme) {
    Range observed = statistics.observed();
    if (observed.min() == 0 && observed.max() == 0) {
      return observed;
    }
    return new Search(statistics, scheme).run();
  }

  private static final class Search {
    private final QuantScheme scheme;
    private final BinMoments moments;
    private final double min;
    private final double max;
    private final boolean tied;
    private double lowFactor = 1;
    private double highFactor = 1;
    private double least = Double.POSITIVE_INFINITY;

    Search(ActivationStatistics statistics, QuantScheme scheme) {
      this.scheme = scheme;
      moments = BinMoments.of(statistics.histogram());
      double low = Math.min(0, statistics.observed().min());
      double high = Math.max(0, statistics.observed().max());
      // One factor is enough when the ends move together or one of them is 0.
      tied = scheme.symmetric() || low == 0 || high == 0;
      double magnitude = Math.max(-low, high);
      min = scheme.symmetric() ? -magnitude : low;
      max = scheme.symmetric() ? magnitude : high;
    }

    Range run() {
      double step = 1.0 / (tied ? GRID : PLANE_GRID);
      around(1, 1, step, tied ? GRID - 1 : PLANE_GRID - 1, 0);
      for (int i = 0; i < REFINEMENTS; i++) {
        step /= REFINED;
        around(lowFactor, highFactor, step, REFINED, REFINED);
      }
      return range(lowFactor, highFactor);
    }

    /** Tries factors from {@code up} steps above to {@code down} steps below, widest first. */
    private void around(double low, double high, double step, int down, int up) {
      for (int i = -up; i <= down; i++) {
        if (tied) {
          consider(high - i * step, high - i * step);
          continue;
        }
        for (int j = -up; j <= down; j++) {
          consider(low - i * step, high - j * step);
        }
      }
    }

    private void consider(double low, double high) {
      if (low <= 0 || high <= 0 || low > 1 || high > 1) {
        return;
      }
      Range candidate = range(low, high);
      ScaleZeroPoint affine = ScaleZeroPoint.of(candidate.min(), candidate.max(), scheme);
      Codes codes = new Codes(scheme.qmin(), scheme.qmax());
      double error = moments.squaredError(affine.scale(), affine.zeroPoint(), codes, 1);
      if (error < least) {
        least = error;
        lowFactor = low;
        highFactor = high;
      }
    }

    private Range range(double low, double high) {
      return new Range((float) (min * low), (float) (max * high));
    }
  }
}
