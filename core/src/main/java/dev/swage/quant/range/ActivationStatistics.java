package dev.swage.quant.range;

import dev.swage.quant.Histogram;

/**
 * What observation keeps of one activation, however many samples it saw.
 *
 * @param histogram of all its elements
 * @param movingAverage of its extremes, run by run; see {@link MovingAverage}
 */
public record ActivationStatistics(Histogram histogram, Range movingAverage) {
  /** From the smallest to the largest finite element; [0, 0] when there is none. */
  public Range observed() {
    return new Range(histogram.min(), histogram.max());
  }

  /** Whether there is a finite element. */
  public boolean isEmpty() {
    return histogram.total() == 0;
  }

  /** Whether there are different elements; a single one may be all there ever is. */
  public boolean varies() {
    return histogram.min() < histogram.max() || histogram.total() == 1;
  }

  /**
   * The share of the finite elements that lie outside a range, so that codes for it saturate: to
   * within a bin at each end, and exactly 0 for the observed range. 0 when there is no element.
   */
  public double saturation(Range range) {
    long total = histogram.total();
    if (total == 0) {
      return 0;
    }
    BinMoments moments = BinMoments.of(histogram);
    double below = range.min() <= histogram.min() ? 0 : moments.massBelow(range.min());
    double above =
        range.max() >= histogram.max() ? 0 : moments.mass() - moments.massBelow(range.max());
    return (below + above) / total;
  }
}
