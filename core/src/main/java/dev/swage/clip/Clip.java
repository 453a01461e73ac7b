package dev.swage.clip;

/**
 * Makes gradient clippers. All are under {@link NonFinitePolicy#DEFAULT}; {@link
 * GradientClipper#onNonFinite} chooses another policy.
 *
 * <p>Deciding reads the gradients once, for the global L2 norm; clipping by value or by another
 * norm than L2 reads them once more.
 */
public final class Clip {
  private Clip() {}

  /** Clips nothing; still measures the global L2 norm at every step. */
  public static GradientClipper none() {
    return guarded(new NoClipper());
  }

  /**
   * Limits every element to [−bound, bound]. Changes the gradient's direction.
   *
   * @throws IllegalArgumentException unless bound is finite and > 0
   */
  public static GradientClipper byValue(double bound) {
    ThresholdSchedule.constant(bound);
    return byValue(-bound, bound);
  }

  /**
   * Limits every element to [low, high].
   *
   * @throws IllegalArgumentException unless low ≤ 0 ≤ high and low &lt; high
   */
  public static GradientClipper byValue(double low, double high) {
    return guarded(new ValueClipper((float) low, (float) high));
  }

  /**
   * Scales all gradients by c/N when their L2 norm N exceeds c; below, they keep every bit. There
   * is no epsilon: the norm afterwards is c, however small c is.
   *
   * @throws IllegalArgumentException unless the threshold c is finite and > 0
   * @see <a href="https://arxiv.org/abs/1211.5063">Pascanu, Mikolov, Bengio: On the difficulty of
   *     training recurrent neural networks (2013)</a>
   */
  public static GradientClipper byGlobalNorm(double threshold) {
    return byGlobalNorm(ThresholdSchedule.constant(threshold));
  }

  /** As {@link #byGlobalNorm(double)}, with a threshold that changes during the run. */
  public static GradientClipper byGlobalNorm(ThresholdSchedule threshold) {
    return byNorm(NormOrder.L2, NormScope.GLOBAL, threshold);
  }

  /**
   * Scales by c/N what exceeds the threshold c in a norm N of the given order, each tensor or layer
   * by itself or all together.
   */
  public static GradientClipper byNorm(
      NormOrder order, NormScope scope, ThresholdSchedule threshold) {
    return guarded(new NormClipper(order, scope, threshold));
  }

  private static GradientClipper guarded(GradientClipper clipper) {
    return clipper.onNonFinite(NonFinitePolicy.DEFAULT);
  }
}
