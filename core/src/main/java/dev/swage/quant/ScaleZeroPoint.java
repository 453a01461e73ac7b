package dev.swage.quant;

/**
 * One scale and zero point.
 *
 * @param scale positive and finite
 * @param zeroPoint the code of 0
 */
public record ScaleZeroPoint(float scale, int zeroPoint) {
  public ScaleZeroPoint {
    if (!(scale > 0) || Float.isInfinite(scale)) {
      throw new IllegalArgumentException("scale must be positive and finite, got " + scale);
    }
  }

  /**
   * The scale and zero point for values in [min, max], by ONNX Runtime's rule: the range is widened
   * to hold 0, and for a symmetric scheme to ±max(|min|, |max|); then in double {@code s = (max −
   * min) / steps} ({@link QuantScheme#steps}) and {@code z = round(qmin − min / s)}, rounding half
   * to even, or when symmetric the middle of the steps. A range too narrow for a normal float32
   * scale gives {@code s = 1, z = 0}.
   *
   * @throws IllegalArgumentException unless min ≤ max and both are finite
   */
  public static ScaleZeroPoint of(float min, float max, QuantScheme scheme) {
    if (!(min <= max) || Float.isInfinite(min) || Float.isInfinite(max)) {
      throw new IllegalArgumentException(
          "a range needs finite min <= max, got [%s, %s]".formatted(min, max));
    }
    return of((double) min, (double) max, scheme);
  }

  static ScaleZeroPoint of(double min, double max, QuantScheme scheme) {
    double low = Math.min(min, 0);
    double high = Math.max(max, 0);
    if (scheme.symmetric()) {
      high = Math.max(-low, high);
      low = -high;
    }
    double scale = (high - low) / scheme.steps();
    if (scale < Float.MIN_NORMAL) {
      return new ScaleZeroPoint(1, 0);
    }
    double zeroPoint =
        scheme.symmetric()
            ? scheme.storage().isSigned() ? 0 : scheme.steps() / 2
            : Math.rint(scheme.qmin() - low / scale);
    return new ScaleZeroPoint((float) scale, (int) zeroPoint);
  }
}
