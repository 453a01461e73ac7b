package dev.swage.clip;

import java.util.Locale;
import java.util.Map;

/**
 * As icefall's ScaledAdam clips: the bound is {@code factor · median} of the last {@code period}
 * norms, computed anew every {@code period} norms, and at the 10th, 20th and 40th, where it is
 * twice as loose. Before the first of these nothing is clipped.
 *
 * @see <a href="https://arxiv.org/abs/2310.11230">Yao et al.: Zipformer (2023)</a>
 */
final class MedianThreshold implements AdaptiveThreshold {
  private static final String WINDOW = "window";
  private static final String SEEN = "seen";
  private static final String THRESHOLD = "threshold";

  private final double factor;
  private final int period;
  private final NormWindow window;
  private long seen;
  private double threshold = Double.POSITIVE_INFINITY;

  MedianThreshold(double factor, int period) {
    Settings.positive("clip factor of the median", factor);
    Settings.atLeast("clip period", period, 1);
    this.factor = factor;
    this.period = period;
    this.window = new NormWindow(period);
  }

  @Override
  public String method() {
    return "median";
  }

  @Override
  public String describe() {
    return String.format(Locale.ROOT, "median, %s times that of %d norms", factor, period);
  }

  @Override
  public double next(double norm) {
    window.add(norm);
    seen++;
    if (seen % period == 0) {
      threshold = Settings.boundOrNone(factor * window.quantile(0.5));
    } else if (seen < period && (seen == 10 || seen == 20 || seen == 40)) {
      threshold = Settings.boundOrNone(2 * factor * window.quantile(0.5));
    }
    return threshold;
  }

  @Override
  public Map<String, double[]> state() {
    return Map.of(
        WINDOW, window.inOrder(), SEEN, new double[] {seen}, THRESHOLD, new double[] {threshold});
  }

  @Override
  public void restore(ClipState state) {
    state.expect(WINDOW, SEEN, THRESHOLD);
    double[] norms = state.array(WINDOW, period);
    long count = state.count(SEEN);
    threshold = state.number(THRESHOLD);
    seen = count;
    window.restore(norms);
  }

  @Override
  public void reset() {
    window.clear();
    seen = 0;
    threshold = Double.POSITIVE_INFINITY;
  }
}
