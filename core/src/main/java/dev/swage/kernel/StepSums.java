package dev.swage.kernel;

/**
 * Gradients of scales and offsets, added up in double.
 *
 * @param first entry of a {@link Block} that the arrays begin with
 * @param byScale ∂/∂scale of each entry from {@code first} on
 * @param byOffset ∂/∂offset of each entry from {@code first} on
 */
@SuppressWarnings("ArrayRecordComponent") // The inner loops add to these in place.
public record StepSums(int first, double[] byScale, double[] byOffset) {
  /** Partial sums of a row: element j of a row is added to partial sum j mod 8. */
  static final int LANES = 8;

  public StepSums {
    if (first < 0 || byScale.length != byOffset.length) {
      throw new IllegalArgumentException(
          "sums need a first entry from 0 and two arrays of one length, got %d, %d and %d"
              .formatted(first, byScale.length, byOffset.length));
    }
  }

  /** Zeros for the entries {@code first} … {@code end − 1}. */
  public static StepSums zeros(int first, int end) {
    return new StepSums(first, new double[end - first], new double[end - first]);
  }

  /** Adds these sums to those of all entries. */
  public void addTo(double[] allByScale, double[] allByOffset) {
    for (int i = 0; i < byScale.length; i++) {
      allByScale[first + i] += byScale[i];
      allByOffset[first + i] += byOffset[i];
    }
  }

  /** Adds to the entry of a row what its partial sums have: first those of scales, then offsets. */
  void addRow(int slot, double[] lanes) {
    byScale[slot - first] += fold(lanes, 0);
    byOffset[slot - first] += fold(lanes, LANES);
  }

  private static double fold(double[] p, int at) {
    double even = (p[at] + p[at + 4]) + (p[at + 2] + p[at + 6]);
    double odd = (p[at + 1] + p[at + 5]) + (p[at + 3] + p[at + 7]);
    return even + odd;
  }
}
