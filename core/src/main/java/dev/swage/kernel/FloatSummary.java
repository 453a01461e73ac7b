package dev.swage.kernel;

/**
 * What one pass over float32 elements gives. All but the counts are over the finite elements.
 *
 * @param count number of finite elements
 * @param nonFinite number of NaN and infinite elements
 * @param zeros number of elements that are 0, of either sign
 * @param min smallest element, −0 below +0; +∞ when there is none
 * @param max largest element; −∞ when there is none
 * @param sum Σx in double
 * @param sumOfSquares Σx² in double
 */
public record FloatSummary(
    long count, long nonFinite, long zeros, float min, float max, double sum, double sumOfSquares) {
  /** Of no elements. */
  public static final FloatSummary NONE =
      new FloatSummary(0, 0, 0, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0, 0);

  /** The largest magnitude; 0 when there is no finite element. */
  public float absMax() {
    return count == 0 ? 0 : Math.max(Math.abs(min), Math.abs(max));
  }

  /** This followed by another. */
  public FloatSummary plus(FloatSummary other) {
    return new FloatSummary(
        count + other.count,
        nonFinite + other.nonFinite,
        zeros + other.zeros,
        Math.min(min, other.min),
        Math.max(max, other.max),
        sum + other.sum,
        sumOfSquares + other.sumOfSquares);
  }
}
