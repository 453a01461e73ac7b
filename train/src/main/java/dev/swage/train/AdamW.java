package dev.swage.train;

import java.util.List;

/**
 * Adam with decoupled weight decay, as PyTorch's: {@code p ← (1 − rate·weightDecay)·p − update}.
 * Neither clipping nor the running means see the decay.
 *
 * @param learningRate > 0
 * @param beta1 decay of the running mean of gradients, in [0, 1)
 * @param beta2 decay of the running mean of their squares, in [0, 1)
 * @param epsilon added to the root of the corrected mean square; ≥ 0
 * @param weightDecay ≥ 0
 * @see <a href="https://arxiv.org/abs/1711.05101">Loshchilov, Hutter: Decoupled weight decay
 *     regularization (2019)</a>
 */
public record AdamW(
    double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
    implements Optimizer {
  public AdamW {
    var _ = new AdamMoments(learningRate, beta1, beta2, epsilon, weightDecay);
  }

  /** Betas 0.9 and 0.999, epsilon 1e-8, weight decay 0.01. */
  public static AdamW of(double learningRate) {
    return new AdamW(learningRate, 0.9, 0.999, 1e-8, 0.01);
  }

  public AdamW withBetas(double newBeta1, double newBeta2) {
    return new AdamW(learningRate, newBeta1, newBeta2, epsilon, weightDecay);
  }

  public AdamW withEpsilon(double newEpsilon) {
    return new AdamW(learningRate, beta1, beta2, newEpsilon, weightDecay);
  }

  public AdamW withWeightDecay(double newWeightDecay) {
    return new AdamW(learningRate, beta1, beta2, epsilon, newWeightDecay);
  }

  @Override
  public String describe() {
    return moments().describe("adamw");
  }

  @Override
  public boolean secondMoments() {
    return true;
  }

  @Override
  public Stepper start(List<Parameter> parameters) {
    return moments().decoupled(parameters);
  }

  private AdamMoments moments() {
    return new AdamMoments(learningRate, beta1, beta2, epsilon, weightDecay);
  }
}
