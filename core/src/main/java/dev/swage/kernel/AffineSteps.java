package dev.swage.kernel;

/**
 * Scales and zero points of fake quantization, for codes of at most 16 bits: {@code q =
 * clip(round(x / scale) + zeroPoint, min, max)}, {@code y = (q − zeroPoint) · scale}. Each entry of
 * a {@link Block} has its own.
 *
 * @param scales positive and finite; read in place
 * @param zeroPoints −32768…65535; read in place
 * @param min smallest code
 * @param max largest code
 */
@SuppressWarnings("ArrayRecordComponent") // A view over the caller's arrays for the inner loops.
public record AffineSteps(float[] scales, int[] zeroPoints, int min, int max) {
  private static final int LEAST = Short.MIN_VALUE;
  private static final int MOST = 0xffff;

  /**
   * @throws IllegalArgumentException if the range of codes is empty or too wide, a scale is not
   *     positive and finite, or a zero point is outside 16 bits; the message says which
   */
  public AffineSteps {
    checkRange(min, max);
    if (scales.length != zeroPoints.length) {
      throw new IllegalArgumentException(
          "as many zero points as scales needed, got %d and %d"
              .formatted(zeroPoints.length, scales.length));
    }
    for (int i = 0; i < scales.length; i++) {
      if (!(scales[i] > 0 && scales[i] < Float.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "scales must be positive and finite, got %s at index %d".formatted(scales[i], i));
      }
      if (zeroPoints[i] < LEAST || zeroPoints[i] > MOST) {
        throw new IllegalArgumentException(
            "zero points must be %d…%d, got %d at index %d"
                .formatted(LEAST, MOST, zeroPoints[i], i));
      }
    }
  }

  /** Fails unless there are at least two codes and all fit into 16 bits, signed or not. */
  public static void checkRange(int min, int max) {
    if (min >= max || min < LEAST || max > (min < 0 ? Short.MAX_VALUE : MOST)) {
      throw new IllegalArgumentException(
          "codes must be a range within %d…%d or 0…%d, got %d…%d"
              .formatted(LEAST, Short.MAX_VALUE, MOST, min, max));
    }
  }

  /** Steps from zero to the smallest code. */
  int low(int slot) {
    return min - zeroPoints[slot];
  }

  /** Steps from zero to the largest code. */
  int high(int slot) {
    return max - zeroPoints[slot];
  }
}
