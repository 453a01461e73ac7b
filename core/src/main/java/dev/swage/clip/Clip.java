package dev.swage.clip;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Makes gradient clippers. All are under {@link NonFinitePolicy#DEFAULT}; {@link
 * GradientClipper#onNonFinite} chooses another policy.
 *
 * <p>Deciding reads the gradients once, whatever the norm; clipping by value reads them once more,
 * as do norms other than L2 inside groups, and a stage of a chain after one that does more than
 * scale.
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
    return guarded(new ValueClipper(low, high, ThresholdSchedule.constant(1)));
  }

  /** Limits every element to ± a bound that changes during the run. */
  public static GradientClipper byValue(ThresholdSchedule bound) {
    return bound instanceof ThresholdSchedule.Constant constant
        ? byValue(constant.threshold())
        : guarded(new ValueClipper(-1, 1, bound));
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

  /** Scales each tensor whose root mean square exceeds the threshold down to it. */
  public static GradientClipper byBlockRms(ThresholdSchedule threshold) {
    return guarded(new BlockRmsClipper(threshold));
  }

  /**
   * Scales all gradients by {@code c/(c + N)}, N their global L2 norm.
   *
   * @param threshold c
   * @see <a href="https://arxiv.org/abs/1905.11881">Zhang et al. (2020)</a>
   */
  public static GradientClipper smooth(ThresholdSchedule threshold) {
    return guarded(new SmoothClipper(threshold));
  }

  /** Adaptive gradient clipping with λ 0.01 and ε 0.001, the last layer excluded. */
  public static GradientClipper agc() {
    return agc(ThresholdSchedule.constant(0.01), 1e-3, false);
  }

  /**
   * Adaptive gradient clipping: the gradient norm of each output unit is bounded by {@code
   * λ·max(‖w‖, ε)}, w being the unit's weights.
   *
   * @param lambda λ; 0.01 for batches of thousands, up to 0.16 for small ones
   * @param epsilon ε
   * @param head whether the last layer is clipped too
   * @see <a href="https://arxiv.org/abs/2102.06171">Brock et al. (2021)</a>
   */
  public static GradientClipper agc(ThresholdSchedule lambda, double epsilon, boolean head) {
    return guarded(new AgcClipper(lambda, epsilon, head));
  }

  /** AutoClip with the 10th percentile of the last 1000 norms. */
  public static GradientClipper autoClip() {
    return autoClip(10, 1000);
  }

  /**
   * Bounds the global L2 norm by a percentile of the last norms, this step's included.
   *
   * @param percentile between 0 and 100
   * @param window how many norms, at least 1
   * @see <a href="https://arxiv.org/abs/2007.14469">Seetharaman et al. (2020)</a>
   */
  public static GradientClipper autoClip(double percentile, int window) {
    return guarded(new AdaptiveClipper(new AutoClipThreshold(percentile, window)));
  }

  /** Twice the median of 100 norms. */
  public static GradientClipper median() {
    return median(2, 100);
  }

  /**
   * Bounds the global L2 norm by {@code factor} times the median of the last {@code period} norms,
   * computed anew every {@code period} norms, and twice as loosely at the 10th, 20th and 40th;
   * before that nothing is clipped.
   *
   * @see <a href="https://arxiv.org/abs/2310.11230">Yao et al. (2023)</a>
   */
  public static GradientClipper median(double factor, int period) {
    return guarded(new AdaptiveClipper(new MedianThreshold(factor, period)));
  }

  /** ZClip with decay 0.97, z 2.5, 25 steps of warm-up, no cap and no floor. */
  public static GradientClipper zClip() {
    return zClip(0.97, 2.5, 25, Double.POSITIVE_INFINITY, 0);
  }

  /**
   * Bounds a global L2 norm that lies more than {@code z} deviations above the running mean by
   * {@code μ + z²·σ²/(N − μ)}.
   *
   * @param decay of mean and variance, between 0 and 1
   * @param z > 0
   * @param warmUp norms that mean and variance begin with, at least 2; only the cap holds then
   * @param cap no bound is larger; may be +∞
   * @param floor no bound is smaller; may be 0
   * @see <a href="https://arxiv.org/abs/2504.02507">Kumar et al. (2025)</a>
   */
  public static GradientClipper zClip(
      double decay, double z, int warmUp, double cap, double floor) {
    return guarded(new AdaptiveClipper(new ZClipThreshold(decay, z, warmUp, cap, floor)));
  }

  /** AdaGC with λrel 1.05, λabs 1, β 0.98 and 100 steps of warm-up. */
  public static GradientClipper adaGc() {
    return adaGc(1.05, 1, 0.98, 100);
  }

  /**
   * Bounds each tensor's L2 norm by {@code relative} times a running mean of it.
   *
   * @param relative λrel
   * @param absolute λabs, the bound of the global norm during the warm-up
   * @param decay β, between 0 and 1
   * @param warmUp steps, at least 0
   * @see <a href="https://arxiv.org/abs/2502.11034">Wang et al. (2025)</a>
   */
  public static GradientClipper adaGc(double relative, double absolute, double decay, int warmUp) {
    return guarded(new AdaGcClipper(relative, absolute, decay, warmUp));
  }

  /** SPAM's spike clipping with θ 5000, after the first 20 steps. */
  public static GradientClipper spikes() {
    return spikes(5000, 20);
  }

  /**
   * Limits each element to {@code ±√(θ·v)}, v being Adam's second moment of it before the step;
   * needs Adam or AdamW.
   *
   * @param factor θ
   * @param off steps at the start without it, at least 1
   * @see <a href="https://arxiv.org/abs/2501.06842">Huang et al. (2025)</a>
   */
  public static GradientClipper spikes(double factor, int off) {
    return guarded(new SpikeClipper(factor, off));
  }

  /** Tracks the median norm at rate 0.2 from 1, within [1e-8, 1e8]. */
  public static GradientClipper quantile() {
    return quantile(0.5, 0.2, 1, 1e-8, 1e8);
  }

  /**
   * Bounds the global L2 norm by a threshold that moves by {@code exp(−rate·(b − quantile))} each
   * step, b being 1 if it was not clipped: a share {@code quantile} of the steps will not be.
   *
   * @param quantile γ, between 0 and 1
   * @param rate η
   * @param initial the threshold at the first step
   * @param least of all thresholds
   * @param greatest of all thresholds
   * @see <a href="https://arxiv.org/abs/1905.03871">Andrew et al. (2021)</a>
   */
  public static GradientClipper quantile(
      double quantile, double rate, double initial, double least, double greatest) {
    return guarded(
        new AdaptiveClipper(new QuantileThreshold(quantile, rate, initial, least, greatest)));
  }

  /**
   * One clipper after the other, each on what those before leave of the gradients. The policy for
   * gradients that are not finite is that of the whole. A clipper of your own sees what is left by
   * {@link Gradients#measure} only.
   */
  public static GradientClipper chain(GradientClipper... stages) {
    return guarded(new ChainClipper(Stream.of(stages).map(Clip::bare).toList()));
  }

  /**
   * Each group of parameters under a clipper of its own, the others under {@code rest}. The policy
   * for gradients that are not finite is that of the whole.
   *
   * <p>Before the first step, {@link GradientClipper#check} complains about a pattern or role that
   * no parameter has, and a parameter in two groups.
   */
  public static GradientClipper groups(List<ClipGroup> groups, GradientClipper rest) {
    return guarded(new GroupClipper(groups, bare(rest)));
  }

  /** A clipper without its guard: within another, the outer one's policy counts. */
  static GradientClipper bare(GradientClipper clipper) {
    if (!(clipper instanceof NonFiniteGuard guard)) {
      return clipper;
    }
    if (!guard.policy().equals(NonFinitePolicy.DEFAULT)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "what non-finite gradients do is said of a chain or of groups as a whole, not of '%s'",
              guard.inner().describe()));
    }
    return guard.inner();
  }

  private static GradientClipper guarded(GradientClipper clipper) {
    return clipper.onNonFinite(NonFinitePolicy.DEFAULT);
  }
}
