package dev.swage.quant;

/**
 * Rounding that keeps the sum of some elements. To the nearest code each element errs by itself;
 * where what they are multiplied with is of one sign, as Relu leaves it, their errors add up. The
 * elements nearest to the middle between two codes go to the other one until the errors' sum is at
 * most half a step: SQuant, Guo et al. 2022, for the elements of one scale.
 */
public final class BalancedRounding {
  private BalancedRounding() {}

  /**
   * Moves codes by one step each, as few as it takes.
   *
   * @param codes codes of elements with a common scale, rounded to the nearest; changed in place
   * @param errors what each code is off by in steps, {@code x / scale − (q − zeroPoint)}; changed
   *     in place
   * @param scheme of the codes, whose range none leaves
   */
  public static void balance(int[] codes, double[] errors, QuantScheme scheme) {
    double sum = 0;
    for (double error : errors) {
      sum += error;
    }
    int direction = (int) Math.signum(sum);
    for (long left = Math.round(Math.abs(sum)); left > 0; left--) {
      int best = mostWrong(codes, errors, direction, scheme);
      if (best < 0) {
        return;
      }
      codes[best] += direction;
      errors[best] -= direction;
    }
  }

  /** The element with the largest error in this direction that can still move; -1 for none. */
  private static int mostWrong(int[] codes, double[] errors, int direction, QuantScheme scheme) {
    int best = -1;
    double largest = 0;
    for (int i = 0; i < codes.length; i++) {
      int moved = codes[i] + direction;
      double error = direction * errors[i];
      if (error > largest && moved >= scheme.qmin() && moved <= scheme.qmax()) {
        largest = error;
        best = i;
      }
    }
    return best;
  }
}
