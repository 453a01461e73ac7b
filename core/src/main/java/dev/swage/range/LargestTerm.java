package dev.swage.range;

import dev.swage.kernel.RangePenalties;
import dev.swage.kernel.Reductions;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The largest magnitude of each weight; elements that share it share its gradient. */
record LargestTerm() implements PenaltyTerm {
  @Override
  public double add(List<MemorySegment> weights, List<MemorySegment> gradients, double slope) {
    float[] largest = Reductions.absMaxima(weights);
    double sum = 0;
    for (int i = 0; i < largest.length; i++) {
      sum += largest[i];
      if (largest[i] > 0) {
        float below = Math.nextDown(largest[i]);
        long ties = RangePenalties.tail(weights.get(i), below).count();
        RangePenalties.addTail(weights.get(i), gradients.get(i), below, slope / ties);
      }
    }
    return slope * sum;
  }
}
