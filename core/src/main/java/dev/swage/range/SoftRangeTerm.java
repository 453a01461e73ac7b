package dev.swage.range;

import dev.swage.kernel.Reductions;
import dev.swage.kernel.SoftExtremes;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * The distance between each weight's smooth extremes. {@code ∂s_max/∂α} is the variance of the
 * elements under their weights, and {@code ∂s_min/∂α} the negative one.
 */
final class SoftRangeTerm implements PenaltyTerm {
  private static final double START = 1;

  /** At 0 all elements would weigh the same, and α would no longer be learned from them. */
  private static final double LEAST = 1e-3;

  private final double[] alphas;
  private final double[] gradients;

  SoftRangeTerm(int weights) {
    alphas = new double[weights];
    gradients = new double[weights];
    Arrays.fill(alphas, START);
  }

  @Override
  public double add(
      List<MemorySegment> weights, List<MemorySegment> weightGradients, double slope) {
    double sum = 0;
    for (int i = 0; i < alphas.length; i++) {
      double decay = StrictMath.exp(-alphas[i]);
      sum += decay;
      gradients[i] = -slope * decay;
      MemorySegment weight = weights.get(i);
      if (weight.byteSize() == 0) {
        continue;
      }
      Reductions.Range range = Reductions.minMax(List.of(weight));
      SoftExtremes soft = SoftExtremes.of(weight, alphas[i], range.min(), range.max());
      soft.addGradient(weight, weightGradients.get(i), slope);
      sum += soft.range();
      gradients[i] += slope * (soft.high().variance() + soft.low().variance());
    }
    return slope * sum;
  }

  @Override
  public void learn(double learningRate) {
    for (int i = 0; i < alphas.length; i++) {
      alphas[i] = Math.max(LEAST, alphas[i] - learningRate * gradients[i]);
    }
  }

  @Override
  public double[] learned() {
    return alphas;
  }
}
