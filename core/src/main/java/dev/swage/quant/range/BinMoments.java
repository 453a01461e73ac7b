package dev.swage.quant.range;

import dev.swage.quant.Histogram;

/**
 * Integrals of the density a histogram stands for: elements spread evenly in their bin, the first
 * and last bin cut at the extremes, and exact zeros left out, since every code for a range with 0
 * gives them back. With running sums of mass, first and second moment, the squared error of a whole
 * quantizer costs one look-up per code.
 */
final class BinMoments {
  private final int half;
  private final double width;
  private final double min;
  private final double max;
  private final double[] counts;
  private final double[] mass;
  private final double[] first;
  private final double[] second;

  private BinMoments(Histogram histogram) {
    long[] whole = histogram.counts();
    half = whole.length / 2;
    width = histogram.binWidth();
    min = histogram.min();
    max = histogram.max();
    counts = new double[whole.length];
    mass = new double[whole.length + 1];
    first = new double[whole.length + 1];
    second = new double[whole.length + 1];
    for (int bin = 0; bin < whole.length; bin++) {
      double count = whole[bin] - (bin == half ? histogram.zeros() : 0);
      counts[bin] = count;
      mass[bin + 1] = mass[bin] + count;
      if (count == 0) {
        first[bin + 1] = first[bin];
        second[bin + 1] = second[bin];
        continue;
      }
      double low = low(bin);
      double high = high(bin);
      first[bin + 1] = first[bin] + count * (low + high) / 2;
      second[bin + 1] = second[bin] + count * (low * low + low * high + high * high) / 3;
    }
  }

  static BinMoments of(Histogram histogram) {
    return new BinMoments(histogram);
  }

  private double low(int bin) {
    return Math.clamp((bin - half) * width, min, max);
  }

  private double high(int bin) {
    return Math.clamp((bin + 1 - half) * width, min, max);
  }

  /** Number of elements that are not 0. */
  double mass() {
    return mass[counts.length];
  }

  double massBelow(double x) {
    int bin = bin(x);
    return mass[bin] + counts[bin] * part(bin, x);
  }

  private int bin(double x) {
    return (int) Math.clamp(Math.floor(x / width) + half, 0.0, counts.length - 1.0);
  }

  /** The part of a bin's elements that lie below x. */
  private double part(int bin, double x) {
    double low = low(bin);
    double high = high(bin);
    if (x <= low) {
      return 0;
    }
    return x >= high ? 1 : (x - low) / (high - low);
  }

  /**
   * Sum of the squared errors of the codes qmin … qmax: {@code Σ (x − s (q(x) − z))²}, of which the
   * part from elements more than half a step beyond the outermost codes counts {@code
   * clippingWeight} times.
   */
  double squaredError(double scale, int zeroPoint, Codes codes, double clippingWeight) {
    double lowEnd = (codes.min() - zeroPoint - 0.5) * scale;
    double highEnd = (codes.max() - zeroPoint + 0.5) * scale;
    Sums at = upTo(lowEnd);
    double error = clippingWeight * about((codes.min() - zeroPoint) * scale, new Sums(0, 0, 0), at);
    int from = Math.max(codes.min() - zeroPoint, steps(min / scale) - 1);
    int to = Math.min(codes.max() - zeroPoint, steps(max / scale) + 1);
    for (int step = from; step <= to; step++) {
      Sums next = upTo((step + 0.5) * scale);
      error += about(step * scale, at, next);
      at = next;
    }
    Sums all = new Sums(mass(), first[counts.length], second[counts.length]);
    if (highEnd < max) {
      error += clippingWeight * about((codes.max() - zeroPoint) * scale, upTo(highEnd), all);
    }
    return error;
  }

  private static int steps(double ratio) {
    return (int) Math.clamp(Math.rint(ratio), -1e6, 1e6);
  }

  private Sums upTo(double x) {
    int bin = bin(x);
    double part = part(bin, x);
    if (part == 0 || counts[bin] == 0) {
      return new Sums(mass[bin], first[bin], second[bin]);
    }
    double low = low(bin);
    double high = part == 1 ? high(bin) : x;
    double count = counts[bin] * part;
    return new Sums(
        mass[bin] + count,
        first[bin] + count * (low + high) / 2,
        second[bin] + count * (low * low + low * high + high * high) / 3);
  }

  /** ∫ (x − centre)² between two limits; not below 0, where rounding would have it. */
  private static double about(double centre, Sums from, Sums to) {
    double m0 = to.mass - from.mass;
    double m1 = to.first - from.first;
    double m2 = to.second - from.second;
    return Math.max(0, m2 - 2 * centre * m1 + centre * centre * m0);
  }

  private record Sums(double mass, double first, double second) {}

  /** The outermost codes. */
  record Codes(int min, int max) {}
}
