package dev.swage.range;

import dev.swage.kernel.RangePenalties;
import dev.swage.kernel.WeightMoments;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Kurtosis regularization. With {@code S_k = Σ d^k} and d the distance from the mean, {@code κ = n
 * S₄ / S₂²} and {@code ∂κ/∂w = 4n/S₂² · (d³ − S₃/n − (S₄/S₂) d)}: the mean moves with the element.
 */
record KurtosisTerm(double target) implements PenaltyTerm {
  @Override
  public double add(List<MemorySegment> weights, List<MemorySegment> gradients, double slope) {
    List<WeightMoments> moments = WeightMoments.of(weights);
    double loss = 0;
    for (int i = 0; i < weights.size(); i++) {
      WeightMoments m = moments.get(i);
      if (m.m2() == 0) {
        continue;
      }
      double away = m.kurtosis() - target;
      loss += away * away;
      double factor = 2 * slope * away / weights.size() * 4 * m.count() / (m.m2() * m.m2());
      RangePenalties.add(
          new RangePenalties.Cubic(
              m.mean(), factor, -factor * m.m4() / m.m2(), -factor * m.m3() / m.count()),
          weights.get(i),
          gradients.get(i));
    }
    return slope * loss / weights.size();
  }
}
