package dev.swage.quant.range;

import dev.swage.quant.Histogram;
import dev.swage.quant.QuantScheme;

/**
 * The threshold that loses the least information: TensorRT's entropy calibration (Migacz, "8-bit
 * inference with TensorRT", 2017), on {@link Histogram#DEFAULT_BINS} bins or more. For a threshold
 * of i bins, P is the slice of the histogram within it, with what lies outside added to its end
 * bins; Q is the slice itself, merged into as many groups as there are codes, each group spread
 * evenly over its bins that are not empty; the threshold with the least {@code KL(P‖Q)} is taken,
 * of equals the widest.
 *
 * <p>An asymmetric scheme's slice ends at the observed extremes, so that codes are not spent on
 * values that do not occur; no range reaches beyond those. Exact zeros, which every code keeps, are
 * left out: the spike that ReLU makes would decide alone. Where P has an end bin that Q has not, Q
 * is taken as {@value #EPSILON} there.
 *
 * <p>A slice that holds few of the elements is no candidate, however small its divergence: one that
 * holds a single filled bin has none at all. At most {@value #MOST_LOST} of the elements that are
 * not 0 lie beyond a threshold.
 *
 * <p>Some 512 thresholds are tried from the number of codes on, then all around the best. Costs
 * O(codes) for each, by running sums.
 */
public record EntropyRange() implements ActivationEstimator {
  private static final double EPSILON = 1e-4;
  private static final int COARSE = 512;

  /** The largest share of the elements, zeros not counted, that a threshold may leave outside. */
  static final double MOST_LOST = 0.03;

  @Override
  public String label() {
    return "entropy";
  }

  @Override
  public Range range(ActivationStatistics statistics, QuantScheme scheme) {
    Divergence divergence = new Divergence(statistics.histogram(), scheme);
    return divergence.range(threshold(divergence));
  }

  private static int threshold(Divergence divergence) {
    int widest = divergence.widest();
    int narrowest = Math.min(divergence.narrowest(), widest);
    while (divergence.lost(narrowest) > MOST_LOST && narrowest < widest) {
      narrowest++;
    }
    int stride = Math.max(1, (widest - narrowest) / COARSE);
    int best = best(divergence, widest, narrowest, stride);
    return stride == 1
        ? best
        : best(
            divergence,
            Math.min(widest, best + stride - 1),
            Math.max(narrowest, best - stride + 1),
            1);
  }

  private static int best(Divergence divergence, int from, int to, int stride) {
    int best = from;
    double least = Double.POSITIVE_INFINITY;
    for (int bins = from; bins >= to; bins -= stride) {
      double value = divergence.of(bins);
      if (value < least) {
        least = value;
        best = bins;
      }
    }
    return best;
  }

  /** {@code KL(P‖Q)} of any threshold, from running sums over the bins. */
  static final class Divergence {
    private final int half;
    private final int lowest;
    private final int end;
    private final int levels;
    private final double width;
    private final Range observed;
    private final double[] counts;
    private final double[] mass;
    private final double[] entropy;
    private final int[] filled;
    private final double[] logs;

    Divergence(Histogram histogram, QuantScheme scheme) {
      long[] whole = histogram.counts();
      half = whole.length / 2;
      width = histogram.binWidth();
      observed = new Range(histogram.min(), histogram.max());
      levels = scheme.steps() + 1;
      counts = new double[whole.length];
      mass = new double[whole.length + 1];
      entropy = new double[whole.length + 1];
      filled = new int[whole.length + 1];
      for (int bin = 0; bin < whole.length; bin++) {
        double count = whole[bin] - (bin == half ? histogram.zeros() : 0);
        counts[bin] = count;
        mass[bin + 1] = mass[bin] + count;
        entropy[bin + 1] = entropy[bin] + xLogX(count);
        filled[bin + 1] = filled[bin] + (count > 0 ? 1 : 0);
      }
      lowest = scheme.symmetric() ? 0 : Math.min(half, bin(observed.min()));
      end = scheme.symmetric() ? whole.length : Math.max(half, bin(observed.max()) + 1);
      logs = new double[Math.max(1, whole.length / levels) + 2];
      for (int n = 1; n < logs.length; n++) {
        logs[n] = Math.log(n);
      }
    }

    private int bin(float value) {
      int k = (int) Math.min(Math.abs(value) / width, half - 1.0);
      return value < 0 ? half - 1 - k : half + k;
    }

    /** Bins on one side of 0 that hold the largest magnitude. */
    int widest() {
      int below = half - bin(observed.min());
      int above = bin(observed.max()) + 1 - half;
      return Math.max(1, Math.max(below, above));
    }

    /** The narrowest threshold whose slice has a bin for each code. */
    int narrowest() {
      int bins = Math.ceilDiv(levels, 2);
      while (bins < half && end(bins) - start(bins) < levels) {
        bins++;
      }
      return bins;
    }

    /** The share of the elements that lie outside a threshold's slice. */
    double lost(int bins) {
      double all = mass[counts.length];
      return all == 0 ? 0 : 1 - (mass[end(bins)] - mass[start(bins)]) / all;
    }

    private int start(int bins) {
      return Math.max(lowest, half - bins);
    }

    private int end(int bins) {
      return Math.min(end, half + bins);
    }

    Range range(int bins) {
      return new Range((float) (-bins * width), (float) (bins * width))
          .clippedTo(observed.min(), observed.max());
    }

    double of(int bins) {
      int start = start(bins);
      int last = end(bins) - 1;
      double inside = mass[last + 1] - mass[start];
      double all = mass[counts.length];
      if (inside == 0) {
        return Double.POSITIVE_INFINITY;
      }
      double below = mass[start];
      double above = all - mass[last + 1];
      double pLogP = entropy[last + 1] - entropy[start];
      double pLogQ = groups(start, last + 1 - start);
      if (below > 0) {
        pLogP += xLogX(counts[start] + below) - xLogX(counts[start]);
        pLogQ += below * Math.log(spread(start, start, last, inside));
      }
      if (above > 0) {
        pLogP += xLogX(counts[last] + above) - xLogX(counts[last]);
        pLogQ += above * Math.log(spread(last, start, last, inside));
      }
      return (pLogP - pLogQ) / all + Math.log(inside / all);
    }

    /** Σ over the groups of their mass times the logarithm of what each filled bin gets of it. */
    private double groups(int start, int length) {
      double sum = 0;
      int from = start;
      for (int group = 1; group <= levels; group++) {
        int to = start + (int) ((long) group * length / levels);
        double groupMass = mass[to] - mass[from];
        if (groupMass > 0) {
          sum += groupMass * (Math.log(groupMass) - logs[filled[to] - filled[from]]);
        }
        from = to;
      }
      return sum;
    }

    /** Q's count in an end bin. */
    private double spread(int bin, int start, int last, double inside) {
      if (counts[bin] == 0) {
        return EPSILON * inside;
      }
      int length = last + 1 - start;
      long group = ((long) (bin - start + 1) * levels - 1) / length;
      int from = start + (int) (group * length / levels);
      int to = start + (int) ((group + 1) * length / levels);
      return (mass[to] - mass[from]) / (filled[to] - filled[from]);
    }

    private static double xLogX(double x) {
      return x == 0 ? 0 : x * Math.log(x);
    }
  }
}
