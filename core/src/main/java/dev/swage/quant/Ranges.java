package dev.swage.quant;

import dev.swage.kernel.AffineCodes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The ranges measured for each scale of a tensor, and the scales chosen from them. For a symmetric
 * scheme a range is [0, largest magnitude]: the rule makes it two-sided. Threads may share this as
 * long as their entries differ.
 */
final class Ranges {
  private final QuantScheme scheme;
  final float[] min;
  final float[] max;
  final float[] scales;
  final int[] zeroPoints;

  /** Scales that do not follow from the ranges. */
  private final @Nullable QuantParams given;

  Ranges(QuantScheme scheme, int slots, RangeEstimator estimator) {
    this.scheme = scheme;
    this.given = estimator instanceof RangeEstimator.Given(QuantParams params) ? params : null;
    min = new float[slots];
    max = new float[slots];
    scales = new float[slots];
    zeroPoints = new int[slots];
    if (!scheme.symmetric()) {
      Arrays.fill(min, Float.POSITIVE_INFINITY);
      Arrays.fill(max, Float.NEGATIVE_INFINITY);
    }
  }

  QuantScheme scheme() {
    return scheme;
  }

  /** The codes with the scales chosen so far and later. */
  AffineCodes affine() {
    return new AffineCodes(scales, zeroPoints, scheme.qmin(), scheme.qmax());
  }

  void widen(float[] otherMin, float[] otherMax) {
    for (int slot = 0; slot < min.length; slot++) {
      min[slot] = Math.min(min[slot], otherMin[slot]);
      max[slot] = Math.max(max[slot], otherMax[slot]);
    }
  }

  /** Chooses the scales first … end−1; false, with some left undone, if a range is not finite. */
  boolean choose(int first, int end) {
    for (int slot = first; slot < end; slot++) {
      boolean empty = min[slot] > max[slot];
      if (!empty && !(Float.isFinite(min[slot]) && Float.isFinite(max[slot]))) {
        return false;
      }
      if (given != null) {
        scales[slot] = given.scales()[slot];
        zeroPoints[slot] = given.zeroPoints()[slot];
        continue;
      }
      ScaleZeroPoint chosen =
          ScaleZeroPoint.of(empty ? 0 : min[slot], empty ? 0 : max[slot], scheme);
      scales[slot] = chosen.scale();
      zeroPoints[slot] = chosen.zeroPoint();
    }
    return true;
  }

  /**
   * The least scale with which no element is clipped: for a symmetric scheme whose codes reach
   * further on one side, less than the scale chosen by rule.
   */
  float reach(int slot) {
    if (!scheme.symmetric()) {
      return scales[slot];
    }
    int zeroPoint = zeroPoints[slot];
    float low = -min[slot] / (zeroPoint - scheme.qmin());
    float reach = Math.max(low, max[slot] / (scheme.qmax() - zeroPoint));
    return reach >= Float.MIN_NORMAL ? reach : scales[slot];
  }
}
