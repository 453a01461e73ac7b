package dev.swage.kernel;

/**
 * The arithmetic of one optimizer step on one element, with all that is constant over the step
 * already folded into float32 coefficients. Here p is the parameter, g the gradient after its
 * {@link GradientEdit}; every operation rounds to float32, in the order written.
 */
public sealed interface UpdateRule {
  /** How many float32 state tensors of the parameter's size the rule reads and writes. */
  int states();

  /**
   * {@code p ← p − rate·(g + weightDecay·p)}
   *
   * @param weightDecay coefficient of the L2 penalty's gradient; 0 for none
   */
  record PlainSgd(float rate, float weightDecay) implements UpdateRule {
    @Override
    public int states() {
      return 0;
    }
  }

  /**
   * {@code d = g + weightDecay·p; b ← momentum·b + d; p ← p − rate·b}, or with Nesterov {@code p ←
   * p − rate·(d + momentum·b)}: PyTorch's SGD with dampening 0. State: b.
   */
  record MomentumSgd(float rate, float momentum, boolean nesterov, float weightDecay)
      implements UpdateRule {
    @Override
    public int states() {
      return 1;
    }
  }

  /**
   * {@code d = g + penalty·p; m ← m + gain1·(d − m); v ← beta2·v + (gain2·d)·d; p ← keep·p −
   * rate·(m / (√v·correction + epsilon))}: Adam with {@code keep} = 1, AdamW with {@code penalty} =
   * 0. State: m, v.
   *
   * @param rate learning rate / (1 − β₁ᵗ)
   * @param gain1 1 − β₁
   * @param gain2 1 − β₂
   * @param correction 1 / √(1 − β₂ᵗ)
   * @param penalty coefficient of the L2 penalty's gradient
   * @param keep 1 − learning rate · decoupled weight decay
   */
  record Adam(
      float rate,
      float gain1,
      float beta2,
      float gain2,
      float correction,
      float epsilon,
      float penalty,
      float keep)
      implements UpdateRule {
    @Override
    public int states() {
      return 2;
    }
  }
}
