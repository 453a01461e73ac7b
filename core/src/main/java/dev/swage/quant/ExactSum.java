package dev.swage.quant;

import java.math.BigInteger;

/**
 * A sum of doubles without rounding, so that it does not depend on their order: a fixed-point
 * number wide enough for every double, in limbs of 32 bits (Kulisch, "Computer Arithmetic and
 * Validity"). Takes finite values only. Not thread-safe.
 */
final class ExactSum {
  private static final int LIMB_BITS = 32;
  private static final long LIMB_MASK = 0xffffffffL;

  /** Weight of the lowest bit: the smallest subnormal double. */
  private static final int LOWEST = -1074;

  /** 2,098 bits for a double, and 78 for carries. */
  private static final int LIMBS = 68;

  /** Additions after which a limb could overflow, with room to spare. */
  private static final int MOST_PENDING = 1 << 29;

  private final long[] limbs = new long[LIMBS];
  private int pending;

  void add(double value) {
    if (value == 0) {
      return;
    }
    long bits = Double.doubleToRawLongBits(value);
    int exponent = (int) (bits >>> 52) & 0x7ff;
    long fraction = bits & ((1L << 52) - 1);
    long mantissa = exponent == 0 ? fraction : fraction | 1L << 52;
    int position = Math.max(exponent, 1) - 1;
    int limb = position / LIMB_BITS;
    int shift = position % LIMB_BITS;
    long low = (mantissa & LIMB_MASK) << shift;
    long high = (mantissa >>> LIMB_BITS) << shift;
    long sign = bits < 0 ? -1 : 1;
    limbs[limb] += sign * (low & LIMB_MASK);
    limbs[limb + 1] += sign * ((low >>> LIMB_BITS) + (high & LIMB_MASK));
    limbs[limb + 2] += sign * (high >>> LIMB_BITS);
    if (++pending >= MOST_PENDING) {
      carry();
    }
  }

  void add(ExactSum other) {
    carry();
    other.carry();
    for (int i = 0; i < LIMBS; i++) {
      limbs[i] += other.limbs[i];
    }
    carry();
  }

  /** Brings all limbs but the highest, which has the sign, into 0 … 2³² − 1. */
  private void carry() {
    for (int i = 0; i < LIMBS - 1; i++) {
      limbs[i + 1] += limbs[i] >> LIMB_BITS;
      limbs[i] &= LIMB_MASK;
    }
    pending = 0;
  }

  /** The sum, rounded once, half to even. */
  double value() {
    carry();
    BigInteger sum = BigInteger.valueOf(limbs[LIMBS - 1]);
    for (int i = LIMBS - 2; i >= 0; i--) {
      sum = sum.shiftLeft(LIMB_BITS).add(BigInteger.valueOf(limbs[i]));
    }
    BigInteger magnitude = sum.abs();
    int excess = magnitude.bitLength() - 62;
    double value;
    if (excess <= 0) {
      value = Math.scalb((double) magnitude.longValue(), LOWEST);
    } else {
      // The last bit stands for all that are cut off, so that the conversion rounds as it should.
      boolean inexact = magnitude.getLowestSetBit() < excess;
      long top = magnitude.shiftRight(excess).longValue() | (inexact ? 1 : 0);
      value = Math.scalb((double) top, LOWEST + excess);
    }
    return sum.signum() < 0 ? -value : value;
  }
}
