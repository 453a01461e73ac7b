package dev.swage.compress;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What of a model becomes codes. */
public enum QuantMode {
  /** Weights, and activations with ranges fixed ahead from calibration data: W8A8. */
  STATIC,
  /** Weights; activations are measured and rounded at every run: W8A8. */
  DYNAMIC,
  /** Weights; activations stay in floating point. */
  WEIGHT_ONLY,
  /** For each node the one of static, dynamic and weight-only that keeps the outputs good. */
  MIXED;

  /** The word in plans and on the command line. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** All words. */
  public static List<String> labels() {
    return Arrays.stream(values()).map(QuantMode::label).toList();
  }

  /** Whether calibration data set ranges. */
  public boolean needsData() {
    return this == STATIC || this == MIXED;
  }
}
