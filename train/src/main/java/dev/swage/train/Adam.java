package dev.swage.train;

import dev.swage.kernel.UpdateRule;
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
  /** Names of the state tensors, as in PyTorch's checkpoints. */
  static final List<String> STATES = List.of("exp_avg", "exp_avg_sq");

  public Adam {
    Checks.positive("learningRate", learningRate);
    Checks.fraction("beta1", beta1);
    Checks.fraction("beta2", beta2);
    Checks.notNegative("epsilon", epsilon);
    Checks.notNegative("weightDecay", weightDecay);
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
    return "adam(lr=%s, betas=%s/%s, eps=%s, weight_decay=%s)"
        .formatted(learningRate, beta1, beta2, epsilon, weightDecay);
  }

  @Override
  public boolean secondMoments() {
    return true;
  }

  @Override
  public Stepper start(List<Parameter> parameters) {
    return new KernelStepper(parameters, STATES, this::rule);
  }

  private UpdateRule rule(long count, double rate) {
    return rule(count, rate, (float) weightDecay, 1);
  }

  /** The coefficients of step {@code count}, from 1. */
  UpdateRule rule(long count, double rate, float penalty, float keep) {
    return new UpdateRule.Adam(
        (float) (rate / (1 - Math.pow(beta1, (double) count))),
        (float) (1 - beta1),
        (float) beta2,
        (float) (1 - beta2),
        (float) (1 / Math.sqrt(1 - Math.pow(beta2, (double) count))),
        (float) epsilon,
        penalty,
        keep);
  }
}
