package dev.swage.clip;

import java.util.Locale;
import java.util.Map;

/**
 * AutoClip: the bound is a percentile of the last norms, this step's included. The paper keeps all
 * norms; here the last {@code window}. While the percentile is 0, nothing is clipped.
 *
 * @see <a href="https://arxiv.org/abs/2007.14469">Seetharaman, Wichern, Pardo, Le Roux: AutoClip
 *     (2020)</a>
 */
final class AutoClipThreshold implements AdaptiveThreshold {
  private static final String WINDOW = "window";

  private final double percentile;
  private final int capacity;
  private final NormWindow window;

  AutoClipThreshold(double percentile, int capacity) {
    if (!(percentile > 0 && percentile < 100)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "clip percentile must lie between 0 and 100, got %s%s",
              percentile,
              ThresholdSchedule.WAY_OFF));
    }
    Settings.atLeast("clip window", capacity, 1);
    this.percentile = percentile;
    this.capacity = capacity;
    this.window = new NormWindow(capacity);
  }

  @Override
  public String method() {
    return "autoclip";
  }

  @Override
  public String describe() {
    return String.format(
        Locale.ROOT, "autoclip, percentile %s of the last %d norms", percentile, capacity);
  }

  @Override
  public double next(double norm) {
    window.add(norm);
    return Settings.boundOrNone(window.quantile(percentile / 100));
  }

  @Override
  public Map<String, double[]> state() {
    return Map.of(WINDOW, window.inOrder());
  }

  @Override
  public void restore(ClipState state) {
    window.restore(state.expect(WINDOW).array(WINDOW, capacity));
  }

  @Override
  public void reset() {
    window.clear();
  }
}
