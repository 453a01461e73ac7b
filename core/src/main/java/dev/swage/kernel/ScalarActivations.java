package dev.swage.kernel;

/**
 * Sigmoid and tanh in float32 within a few units of the last place, by operations that vectors have
 * too, so that both give the same bits.
 */
final class ScalarActivations {
  /** Beyond these, exp leaves the range of normal numbers. */
  static final float EXP_MIN = -87f;

  static final float EXP_MAX = 88f;
  static final float LOG2_E = 1.442695f;

  /** Adding and subtracting it rounds to an integer, half to even. */
  static final float ROUND = 12582912f; // 1.5·2²³

  static final float LN2_HIGH = 6.933594e-1f;
  static final float LN2_LOW = -2.1219444e-4f;

  /** Of {@code (eʳ − 1 − r) / r²} for |r| ≤ ln 2 / 2, highest power first (Cephes, expf). */
  static final float E0 = 1.9875691e-4f;

  static final float E1 = 1.3981999e-3f;
  static final float E2 = 8.333452e-3f;
  static final float E3 = 4.1665796e-2f;
  static final float E4 = 1.6666666e-1f;
  static final float E5 = 5.0e-1f;

  /** tanh(x) is x + x³·p(x²) up to here (Cephes, tanhf). */
  static final float TANH_SMALL = 0.625f;

  static final float T0 = -5.7049887e-3f;
  static final float T1 = 2.0639088e-2f;
  static final float T2 = -5.3739715e-2f;
  static final float T3 = 1.3331442e-1f;
  static final float T4 = -3.333328e-1f;

  private ScalarActivations() {}

  static float exp(float x) {
    float bounded = Math.max(Math.min(x, EXP_MAX), EXP_MIN);
    float shifted = Math.fma(bounded, LOG2_E, ROUND);
    float power = shifted - ROUND;
    float r = Math.fma(power, -LN2_LOW, Math.fma(power, -LN2_HIGH, bounded));
    float p = Math.fma(E0, r, E1);
    p = Math.fma(p, r, E2);
    p = Math.fma(p, r, E3);
    p = Math.fma(p, r, E4);
    p = Math.fma(p, r, E5);
    p = Math.fma(p, r * r, r) + 1;
    // The low bits of the shifted number are the power of two; they move into the exponent.
    return Float.intBitsToFloat(
        Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(shifted) << 23));
  }

  /** {@code 1 / (1 + e⁻ˣ)}. */
  static float sigmoid(float x) {
    return 1 / (1 + exp(-x));
  }

  static float tanh(float x) {
    float magnitude = Math.abs(x);
    if (magnitude < TANH_SMALL) {
      float square = x * x;
      float p = Math.fma(T0, square, T1);
      p = Math.fma(p, square, T2);
      p = Math.fma(p, square, T3);
      p = Math.fma(p, square, T4);
      return Math.fma(p * square, x, x);
    }
    float large = 1 - 2 / (exp(2 * magnitude) + 1);
    return x < 0 ? -large : large;
  }
}
