package dev.swage.kernel;

/**
 * The map between floats and integer codes of at most 8 bits: {@code q = clip(round(x / scale) +
 * zeroPoint, min, max)} and back {@code x = (q − zeroPoint) · scale}, with a scale and zero point
 * for each entry of a {@link Block}. Codes are signed when {@code min} is negative.
 *
 * @param scales positive; read in place
 * @param zeroPoints within the range of the code type; read in place
 * @param min smallest code
 * @param max largest code
 */
@SuppressWarnings("ArrayRecordComponent") // A view over the caller's arrays for the inner loops.
public record AffineCodes(float[] scales, int[] zeroPoints, int min, int max) {
  public AffineCodes {
    if (scales.length != zeroPoints.length) {
      throw new IllegalArgumentException(
          "as many zero points as scales needed, got %d and %d"
              .formatted(zeroPoints.length, scales.length));
    }
    if (min >= max || min < -128 || max > (min < 0 ? 127 : 255)) {
      throw new IllegalArgumentException(
          "codes must be a range within -128…127 or 0…255, got %d…%d".formatted(min, max));
    }
  }

  boolean signed() {
    return min < 0;
  }
}
