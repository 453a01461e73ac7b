package dev.swage.compress.search;

import dev.swage.compress.plan.Assignment;
import java.util.List;

/**
 * A model whose nodes can be quantized or kept, and measured either way. Measuring the same twice
 * gives the same.
 */
public interface SearchProblem {
  /** What the measurements are true of. */
  SearchKey key();

  /** The nodes that are quantized unless they are kept, in graph order. */
  List<String> quantized();

  /**
   * What the outputs lose by one of the {@link #quantized} nodes for itself.
   *
   * @return the least SQNR of an output in decibels with everything else in floating point: the
   *     lower, the sooner it is kept in floats; NaN counts as lowest
   */
  double sensitivity(String node);

  /**
   * Measures the model with what is decided of some nodes, and all others as they come.
   *
   * @param given of some of the {@link #quantized} nodes
   */
  Score evaluate(Assignment given);
}
