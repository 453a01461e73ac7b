package dev.swage.train;

import dev.swage.kernel.UpdateRule;
import java.util.List;

/**
 * What {@link Adam} and {@link AdamW} share: all but where the weight decay goes.
 *
 * @param learningRate > 0
 * @param beta1 in [0, 1)
 * @param beta2 in [0, 1)
 * @param epsilon ≥ 0
 * @param weightDecay ≥ 0
 */
record AdamMoments(
    double learningRate, double beta1, double beta2, double epsilon, double weightDecay) {
  /** Names of the state tensors, as in PyTorch's checkpoints. */
  private static final List<String> STATES = List.of("exp_avg", "exp_avg_sq");

  AdamMoments {
    Checks.positive("learningRate", learningRate);
    Checks.fraction("beta1", beta1);
    Checks.fraction("beta2", beta2);
    Checks.notNegative("epsilon", epsilon);
    Checks.notNegative("weightDecay", weightDecay);
  }

  String describe(String name) {
    return name
        + "(lr=%s, betas=%s/%s, eps=%s, weight_decay=%s)"
            .formatted(learningRate, beta1, beta2, epsilon, weightDecay);
  }

  /** The decay as a penalty that is added to the gradient. */
  Optimizer.Stepper penalized(List<Parameter> parameters) {
    return new KernelStepper(parameters, STATES, new Moments(this, true));
  }

  /** The decay apart from the gradient. */
  Optimizer.Stepper decoupled(List<Parameter> parameters) {
    return new KernelStepper(parameters, STATES, new Moments(this, false));
  }

  /**
   * Adam's steps do not depend on how large gradients are: a scale moves by the learning rate times
   * its own magnitude, or the first steps would be several times the scale.
   */
  private record Moments(AdamMoments of, boolean penalized) implements KernelStepper.Rule {
    @Override
    public UpdateRule at(long count, double rate) {
      return penalized
          ? of.rule(count, rate, (float) of.weightDecay, 1)
          : of.rule(count, rate, 0, (float) (1 - rate * of.weightDecay));
    }

    @Override
    public UpdateRule ofQuantizer(long count, double rate, double magnitude) {
      return of.rule(count, rate * magnitude, 0, 1);
    }
  }

  /** The coefficients of step {@code count}, from 1. */
  private UpdateRule rule(long count, double rate, float penalty, float keep) {
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
