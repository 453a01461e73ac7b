package dev.swage.train;

import dev.swage.kernel.UpdateRule;
import java.util.List;

/**
 * Stochastic gradient descent, with PyTorch's meaning of its settings and dampening 0: {@code d = g
 * + weightDecay·p; b ← momentum·b + d; p ← p − rate·b}, with Nesterov {@code p ← p − rate·(d +
 * momentum·b)}. Without momentum there is no b and no state.
 *
 * @param learningRate > 0
 * @param momentum in [0, 1)
 * @param nesterov needs a momentum > 0
 * @param weightDecay coefficient of the L2 penalty, added to the clipped gradient; ≥ 0
 */
public record Sgd(double learningRate, double momentum, boolean nesterov, double weightDecay)
    implements Optimizer {
  public Sgd {
    Checks.positive("learningRate", learningRate);
    Checks.fraction("momentum", momentum);
    Checks.notNegative("weightDecay", weightDecay);
    if (nesterov && momentum == 0) {
      throw new IllegalArgumentException("nesterov needs a momentum > 0, got momentum 0.0");
    }
  }

  /** Plain gradient descent. */
  public static Sgd of(double learningRate) {
    return new Sgd(learningRate, 0, false, 0);
  }

  public Sgd withMomentum(double newMomentum) {
    return new Sgd(learningRate, newMomentum, nesterov, weightDecay);
  }

  /** With Nesterov's look-ahead; set the momentum first. */
  public Sgd withNesterov() {
    return new Sgd(learningRate, momentum, true, weightDecay);
  }

  public Sgd withWeightDecay(double newWeightDecay) {
    return new Sgd(learningRate, momentum, nesterov, newWeightDecay);
  }

  @Override
  public String describe() {
    StringBuilder text = new StringBuilder("sgd(lr=").append(learningRate);
    if (momentum > 0) {
      text.append(", momentum=").append(momentum).append(nesterov ? ", nesterov" : "");
    }
    if (weightDecay > 0) {
      text.append(", weight_decay=").append(weightDecay);
    }
    return text.append(')').toString();
  }

  @Override
  public Stepper start(List<Parameter> parameters) {
    List<String> states = momentum > 0 ? List.of("momentum_buffer") : List.of();
    return new KernelStepper(parameters, states, new Rates(this));
  }

  private record Rates(Sgd of) implements KernelStepper.Rule {
    @Override
    public UpdateRule at(long count, double rate) {
      return of.rule(rate, of.weightDecay);
    }

    @Override
    public UpdateRule ofQuantizer(long count, double rate, double magnitude) {
      return of.rule(rate, 0);
    }
  }

  private UpdateRule rule(double rate, double decay) {
    return momentum > 0
        ? new UpdateRule.MomentumSgd((float) rate, (float) momentum, nesterov, (float) decay)
        : new UpdateRule.PlainSgd((float) rate, (float) decay);
  }
}
