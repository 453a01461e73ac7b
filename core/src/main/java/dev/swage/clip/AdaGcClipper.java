package dev.swage.clip;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/**
 * AdaGC: each tensor's L2 norm is bounded by {@code λrel·γᵢ}, and {@code γᵢ ← β·γᵢ + (1 − β)·‖ĝᵢ‖}
 * follows its clipped norms. In the first {@code warmUp} steps all gradients together are bounded
 * by the global norm λabs, and γᵢ is the smallest norm of the tensor after that. A norm of zero
 * teaches nothing: a tensor that got no gradient yet is not clipped.
 *
 * @see <a href="https://arxiv.org/abs/2502.11034">Wang et al.: AdaGC (2025)</a>
 */
final class AdaGcClipper implements GradientClipper {
  private static final String GAMMA = "gamma";
  private static final String SEEN = "seen";
  private static final String METHOD = "adagc";

  private final double relative;
  private final double absolute;
  private final double decay;
  private final int warmUp;
  private double[] gamma = {};
  private long seen;

  AdaGcClipper(double relative, double absolute, double decay, int warmUp) {
    Settings.positive("clip factor of AdaGC", relative);
    Settings.positive("clip threshold of AdaGC's warm-up", absolute);
    Settings.inside("clip decay", decay, 0, 1);
    Settings.atLeast("clip warm-up", warmUp, 0);
    this.relative = relative;
    this.absolute = absolute;
    this.decay = decay;
    this.warmUp = warmUp;
  }

  @Override
  public ClipDecision decide(Gradients unmeasured, ClipStep step) {
    GradientMeasure measure = unmeasured.measure();
    ClipRecord record = ClipRecord.of(step, METHOD, measure);
    if (!Double.isFinite(measure.norm())) {
      return new ClipDecision.Keep(record);
    }
    remember(unmeasured.size());
    seen++;
    return seen <= warmUp ? warmUp(record, measure) : adapted(record, measure);
  }

  private void remember(int tensors) {
    if (seen == 0) {
      gamma = new double[tensors];
      Arrays.fill(gamma, Double.POSITIVE_INFINITY);
    } else if (gamma.length != tensors) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "clip state of adagc is for %d tensors, got %d", gamma.length, tensors));
    }
  }

  private ClipDecision warmUp(ClipRecord record, GradientMeasure measure) {
    ClipDecision decision = Coefficients.global(record, absolute);
    for (int i = 0; i < gamma.length; i++) {
      double norm = Math.sqrt(measure.sumOfSquares(i)) * decision.record().coefficient();
      gamma[i] = norm > 0 ? Math.min(gamma[i], norm) : gamma[i];
    }
    return decision;
  }

  private ClipDecision adapted(ClipRecord record, GradientMeasure measure) {
    double[] bounds = new double[gamma.length];
    for (int i = 0; i < gamma.length; i++) {
      bounds[i] = relative * gamma[i];
      double clipped = Math.min(Math.sqrt(measure.sumOfSquares(i)), bounds[i]);
      if (clipped > 0) {
        gamma[i] = Double.isInfinite(gamma[i]) ? clipped : decay * gamma[i] + (1 - decay) * clipped;
      }
    }
    return Coefficients.eachTensor(record, measure, bounds);
  }

  @Override
  public String describe() {
    return String.format(
        Locale.ROOT,
        "adagc, %s times the mean norm of each tensor, decay %s; global norm %s for %d steps",
        relative,
        decay,
        absolute,
        warmUp);
  }

  @Override
  public Map<String, double[]> state() {
    return Map.of(GAMMA, gamma.clone(), SEEN, new double[] {seen});
  }

  @Override
  public void restore(Map<String, double[]> state) {
    ClipState checked = ClipState.of(state, describe()).expect(GAMMA, SEEN);
    double[] norms = checked.array(GAMMA, Integer.MAX_VALUE);
    seen = checked.count(SEEN);
    gamma = norms;
  }

  @Override
  public void reset() {
    seen = 0;
    gamma = new double[0];
  }
}
