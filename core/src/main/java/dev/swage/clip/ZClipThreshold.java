package dev.swage.clip;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/**
 * ZClip: a norm N with {@code z = (N − μ)/σ} above {@code z₀} is bounded by {@code μ + z₀²·σ/z}; μ
 * and σ² are running means with decay α of the norms as clipped and of their squared distance from
 * μ, begun as mean and variance of the first {@code warmUp} norms, during which only the cap holds.
 *
 * <p>Other than the authors' code: there is no cap unless given (theirs is 1, so that it never
 * clips less than a constant threshold of 1); warm-up norms above five times their median are left
 * out, so that a spike there does not blind the rest of the run; σ counts as at least μ/100, so
 * that norms which hardly change may still grow, and scaling all gradients scales the bound.
 *
 * @see <a href="https://arxiv.org/abs/2504.02507">Kumar et al.: ZClip (2025)</a>
 */
final class ZClipThreshold implements AdaptiveThreshold {
  private static final double WARM_UP_SPIKE = 5;
  private static final double LEAST_DEVIATION = 0.01;
  private static final String WARM_UP = "warm-up";
  private static final String MEAN = "mean";
  private static final String VARIANCE = "variance";

  private final double decay;
  private final double limit;
  private final double cap;
  private final double floor;
  private final double[] first;
  private int seen;
  private double mean;
  private double variance;

  ZClipThreshold(double decay, double limit, int warmUp, double cap, double floor) {
    Settings.inside("clip decay", decay, 0, 1);
    Settings.positive("clip z", limit);
    Settings.atLeast("clip warm-up", warmUp, 2);
    if (!(cap > 0)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "clip cap must be > 0, got %s%s", cap, ThresholdSchedule.WAY_OFF));
    }
    if (!(floor >= 0 && floor <= cap) || Double.isInfinite(floor)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "clip floor must lie between 0 and the cap %s, got %s", cap, floor));
    }
    this.decay = decay;
    this.limit = limit;
    this.cap = cap;
    this.floor = floor;
    this.first = new double[warmUp];
  }

  @Override
  public String method() {
    return "zclip";
  }

  @Override
  public String describe() {
    return String.format(
        Locale.ROOT,
        "zclip, z %s, decay %s, warm-up %d, cap %s, floor %s",
        limit,
        decay,
        first.length,
        cap,
        floor);
  }

  @Override
  public double next(double norm) {
    if (seen < first.length) {
      first[seen++] = norm;
      if (seen == first.length) {
        begin();
      }
      return cap;
    }
    double bound = Settings.boundOrNone(Math.min(cap, Math.max(floor, boundOf(norm))));
    learn(Math.min(norm, bound));
    return bound;
  }

  /** The bound of a norm that is no spike is the largest that would be none. */
  private double boundOf(double norm) {
    double deviation = Math.max(Math.sqrt(variance), LEAST_DEVIATION * mean);
    double z = (norm - mean) / deviation;
    return z > limit ? mean + limit * limit * deviation / z : mean + limit * deviation;
  }

  private void learn(double norm) {
    mean = decay * mean + (1 - decay) * norm;
    variance = decay * variance + (1 - decay) * (norm - mean) * (norm - mean);
  }

  private void begin() {
    double[] sorted = first.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    double[] kept = Arrays.stream(first).filter(n -> n <= WARM_UP_SPIKE * median).toArray();
    double sum = 0;
    for (double norm : kept) {
      sum += norm;
    }
    mean = sum / kept.length;
    double squares = 0;
    for (double norm : kept) {
      squares += (norm - mean) * (norm - mean);
    }
    variance = squares / kept.length;
  }

  @Override
  public Map<String, double[]> state() {
    return Map.of(
        WARM_UP,
        Arrays.copyOf(first, seen),
        MEAN,
        new double[] {mean},
        VARIANCE,
        new double[] {variance});
  }

  @Override
  public void restore(ClipState state) {
    state.expect(WARM_UP, MEAN, VARIANCE);
    double[] norms = state.array(WARM_UP, first.length);
    double oldMean = state.number(MEAN);
    variance = state.number(VARIANCE);
    mean = oldMean;
    seen = norms.length;
    System.arraycopy(norms, 0, first, 0, seen);
  }

  @Override
  public void reset() {
    seen = 0;
    mean = 0;
    variance = 0;
  }
}
