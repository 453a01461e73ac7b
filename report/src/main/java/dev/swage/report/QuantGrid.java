package dev.swage.report;

/**
 * The values a quantized weight can take: {@code scale · (q − zeroPoint)} for codes q from {@code
 * lowCode} to {@code highCode}.
 *
 * @param bits width
 * @param granularity in words, as {@code per channel, axis 0: median of 64 scales}
 * @param scale a representative one where there are several
 */
public record QuantGrid(
    int bits, String granularity, double scale, int zeroPoint, int lowCode, int highCode) {
  public QuantGrid {
    Checks.positive("bits", bits);
    Checks.positive("scale", scale);
    if (lowCode > highCode) {
      throw new IllegalArgumentException(
          "lowCode must be at most highCode = " + highCode + ", got " + lowCode);
    }
  }

  /** The value of a code. */
  public double level(int code) {
    return scale * (code - zeroPoint);
  }
}
