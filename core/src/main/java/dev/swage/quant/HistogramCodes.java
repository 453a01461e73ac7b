package dev.swage.quant;

import java.util.BitSet;

/** Counts codes by the histogram of what they stand for. */
final class HistogramCodes {
  private final QuantScheme scheme;
  private final ScaleZeroPoint codes;
  private final BitSet used = new BitSet();
  private long elements;
  private double saturated;

  HistogramCodes(QuantScheme scheme, ScaleZeroPoint codes) {
    this.scheme = scheme;
    this.codes = codes;
  }

  void addAll(Histogram histogram) {
    long[] counts = histogram.counts();
    long zeros = histogram.zeros();
    if (zeros > 0) {
      add(0, 0, zeros);
    }
    for (int bin = 0; bin < counts.length; bin++) {
      long count = counts[bin] - (bin == counts.length / 2 ? zeros : 0);
      if (count > 0) {
        // No element of a bin lies beyond the extremes.
        double low = Math.max(histogram.lowerEdge(bin), histogram.min());
        double high = Math.min(histogram.lowerEdge(bin + 1), histogram.max());
        add(low, Math.max(low, high), count);
      }
    }
  }

  /** Elements spread evenly from {@code low} to {@code high}. */
  private void add(double low, double high, long count) {
    elements += count;
    double first = low / codes.scale() + codes.zeroPoint();
    double last = high / codes.scale() + codes.zeroPoint();
    double span = last - first;
    double below = scheme.qmin() - 0.5 - first;
    double above = last - scheme.qmax() - 0.5;
    if (span <= 0) {
      saturated += below > 0 || above > 0 ? count : 0;
    } else {
      saturated += count * (Math.clamp(below / span, 0, 1) + Math.clamp(above / span, 0, 1));
    }
    use(first, span, count);
  }

  /** Of a bin narrower than a step the middle stands for all; a wider one fills several codes. */
  private void use(double first, double span, long count) {
    long steps = Math.clamp((long) Math.ceil(span), 1, Math.min(count, 4L * all()));
    for (long i = 0; i < steps; i++) {
      double code = Math.rint(first + span * (i + 0.5) / steps);
      used.set((int) Math.clamp(code, scheme.qmin(), scheme.qmax()) - scheme.qmin());
    }
  }

  private int all() {
    return scheme.qmax() - scheme.qmin() + 1;
  }

  CodeCounts counts() {
    return new CodeCounts(elements, Math.round(saturated), all(), all() - used.cardinality());
  }
}
