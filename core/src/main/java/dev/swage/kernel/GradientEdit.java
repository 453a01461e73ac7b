package dev.swage.kernel;

/**
 * What is done to every element of a gradient where it is used: first NaN and infinities count as
 * zero if asked for, then {@code x · coefficient}, then the result is limited to [low, high]; NaN
 * stays NaN.
 *
 * @param coefficient in [0, 1]; 1 changes nothing
 * @param low lower limit; −∞ for none
 * @param high upper limit; +∞ for none
 */
public record GradientEdit(boolean zeroNonFinite, float coefficient, float low, float high) {
  /** Leaves every bit as it is. */
  public static final GradientEdit NONE =
      new GradientEdit(false, 1, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY);

  public GradientEdit {
    if (!(coefficient >= 0 && coefficient <= 1)) {
      throw new IllegalArgumentException("coefficient must be in [0, 1], got " + coefficient);
    }
    if (!(low <= high)) {
      throw new IllegalArgumentException("low must be <= high, got [" + low + ", " + high + "]");
    }
  }

  /** Multiplies by a coefficient in [0, 1]. */
  public static GradientEdit scale(float coefficient) {
    return new GradientEdit(false, coefficient, NONE.low, NONE.high);
  }

  /** Limits to [low, high]. */
  public static GradientEdit clamp(float low, float high) {
    return new GradientEdit(false, 1, low, high);
  }

  /** The same after NaN and infinities have been replaced by zero. */
  public GradientEdit afterZeroingNonFinite() {
    return new GradientEdit(true, coefficient, low, high);
  }

  float apply(float x) {
    float kept = zeroNonFinite && !Float.isFinite(x) ? 0 : x;
    float scaled = kept * coefficient;
    return scaled > high ? high : scaled < low ? low : scaled;
  }
}
