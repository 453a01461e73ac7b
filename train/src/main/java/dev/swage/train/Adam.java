package dev.swage.train;

import java.util.List;

/**
 * Adam with bias correction, as PyTorch's: the weight decay is an L2 penalty, added to the clipped
 * gradient and so scaled like it. {@link AdamW} decays the weights apart from the gradient.
 *
 * @param learningRate > 0
 * @param beta1 decay of the running mean of gradients, in [0, 1)
 * @param beta2 decay of the running mean of their squares, in [0, 1)
 * @param epsilon added to the root of the corrected mean square; ≥ 0
 * @param weightDecay coefficient of the L2 penalty; ≥ 0
 * @see <a href="https://arxiv.org/abs/1412.6980">Kingma, Ba: Adam (2015)</a>
 */
public record Adam(
    double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
    implements Optimizer {
  public Adam {
    var _ = new AdamMoments(learningRate, beta1, beta2, epsilon, weightDecay);
  }

  /** Betas 0.9 and 0.999, epsilon 1e-8, no weight decay. */
  public static Adam of(double learningRate) {
    return new Adam(learningRate, 0.9, 0.999, 1e-8, 0);
  }

  public Adam withBetas(double newBeta1, double newBeta2) {
    return new Adam(learningRate, newBeta1, newBeta2, epsilon, weightDecay);
  }

  public Adam withEpsilon(double newEpsilon) {
    return new Adam(learningRate, beta1, beta2, newEpsilon, weightDecay);
  }

  public Adam withWeightDecay(double newWeightDecay) {
    return new Adam(learningRate, beta1, beta2, epsilon, newWeightDecay);
  }

  @Override
  public String describe() {
    return moments().describe("adam");
  }

  @Override
  public boolean secondMoments() {
    return true;
  }

  @Override
  public Stepper start(List<Parameter> parameters) {
    return moments().penalized(parameters);
  }

  private AdamMoments moments() {
    return new AdamMoments(learningRate, beta1, beta2, epsilon, weightDecay);
  }
}
