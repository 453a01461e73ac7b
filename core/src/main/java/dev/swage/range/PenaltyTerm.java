package dev.swage.range;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** A penalty on some weights over a run, with what it learns. Not thread-safe. */
interface PenaltyTerm {
  /**
   * Adds the gradient of the term to the gradients of its weights.
   *
   * @param slope λ times the strength of the step; > 0
   * @return the term's share of the loss
   */
  double add(List<MemorySegment> weights, List<MemorySegment> gradients, double slope);

  /** Moves what is learned, by what the last {@link #add} saw. */
  default void learn(double learningRate) {}

  /** What is learned, one number for each weight, live; empty if nothing is. */
  default double[] learned() {
    return new double[0];
  }

  static PenaltyTerm of(RangePenalty penalty, int weights) {
    return switch (penalty) {
      case RangePenalty.Kure kure -> new KurtosisTerm(kure.target());
      case RangePenalty.R2 r2 ->
          switch (r2.kind()) {
            case LINF -> new LargestTerm();
            case MARGIN -> new MarginTerm(weights);
            case SOFT_MIN_MAX -> new SoftRangeTerm(weights);
          };
    };
  }
}
