package dev.swage.range;

import dev.swage.kernel.RangePenalties;
import dev.swage.kernel.Reductions;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** A margin for each weight, and what lies beyond it. */
final class MarginTerm implements PenaltyTerm {
  private final double[] margins;

  /** Of each margin, at the last {@link #add}; limited to the weight of the term. */
  private final double[] gradients;

  MarginTerm(int weights) {
    margins = new double[weights];
    gradients = new double[weights];
    Arrays.fill(margins, Double.NaN); // not yet known
  }

  @Override
  public double add(
      List<MemorySegment> weights, List<MemorySegment> weightGradients, double slope) {
    double sum = 0;
    for (int i = 0; i < margins.length; i++) {
      MemorySegment weight = weights.get(i);
      if (Double.isNaN(margins[i])) {
        margins[i] = Reductions.absMaxima(List.of(weight))[0];
      }
      float bound = (float) margins[i];
      RangePenalties.Tail tail = RangePenalties.tail(weight, bound);
      RangePenalties.addTail(weight, weightGradients.get(i), bound, slope);
      gradients[i] = slope * Math.max(-1, 1.0 - tail.count());
      sum += bound + tail.excess();
    }
    return slope * sum;
  }

  @Override
  public void learn(double learningRate) {
    for (int i = 0; i < margins.length; i++) {
      margins[i] = Math.max(0, margins[i] - learningRate * gradients[i]);
    }
  }

  @Override
  public double[] learned() {
    return margins;
  }
}
