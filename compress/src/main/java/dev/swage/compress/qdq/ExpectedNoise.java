package dev.swage.compress.qdq;

import dev.swage.quant.Histogram;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.ScaleZeroPoint;

/** The noise that codes add to a value, by its histogram. */
final class ExpectedNoise {
  private ExpectedNoise() {}

  /**
   * {@code Σ(x − x̂)² / Σx²} with every element at the middle of its bin, zeros excepted, which
   * codes hold exactly. Bins are narrower than the step of 8-bit codes.
   */
  static double relative(Histogram histogram, ScaleZeroPoint codes, QuantScheme scheme) {
    long[] counts = histogram.counts();
    double noise = 0;
    for (int bin = 0; bin < counts.length; bin++) {
      long count = counts[bin] - (bin == counts.length / 2 ? histogram.zeros() : 0);
      if (count > 0) {
        double x = histogram.lowerEdge(bin) + histogram.binWidth() / 2;
        double code =
            Math.clamp(
                Math.rint(x / codes.scale()) + codes.zeroPoint(), scheme.qmin(), scheme.qmax());
        double difference = x - (code - codes.zeroPoint()) * codes.scale();
        noise += count * difference * difference;
      }
    }
    return noise == 0 ? 0 : noise / histogram.sumOfSquares();
  }

  /** A ratio of noise to signal in decibels of signal to noise. */
  static double decibels(double relative) {
    return relative == 0 ? Double.POSITIVE_INFINITY : -10 * Math.log10(relative);
  }
}
