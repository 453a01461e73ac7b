package dev.swage.train;

import dev.swage.tensor.Tensor;
import java.util.Map;

/** Of losses whose accuracy says all. */
record NoFigures() implements ScoreFigures {
  @Override
  public void add(Tensor output, Tensor targets) {
    // Nothing is asked for.
  }

  @Override
  public Map<Metric, Double> result() {
    return Map.of();
  }
}
