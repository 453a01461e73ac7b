package dev.swage.compress.search;

import dev.swage.compress.plan.Assignment;
import java.util.List;

/**
 * A model whose nodes can go several ways, and be measured in any of them. Measuring the same twice
 * gives the same.
 */
public interface SearchProblem {
  /** What the measurements are true of. */
  SearchKey key();

  /** The nodes that are quantized at first, with the ways they can go, in graph order. */
  List<Ladder> ladders();

  /**
   * What the outputs lose by one ladder's nodes for themselves.
   *
   * @param level the rung they are on
   * @return the least SQNR of an output in decibels with everything else in floating point: the
   *     lower, the sooner they go to a lower rung; NaN counts as lowest
   */
  double sensitivity(Ladder ladder, int level);

  /**
   * Measures the model with what is decided of some nodes, and all others as they come.
   *
   * @param given of nodes on the {@link #ladders}
   */
  Score evaluate(Assignment given);
}
