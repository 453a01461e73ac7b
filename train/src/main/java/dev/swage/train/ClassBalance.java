package dev.swage.train;

import java.util.List;

/**
 * How a cross-entropy treats its classes.
 *
 * @param smoothing the part of the probability that is spread over all classes, in [0, 1)
 * @param weights one for each class, positive; empty for the same weight
 */
public record ClassBalance(double smoothing, List<Double> weights) {
  static final ClassBalance NONE = new ClassBalance(0, List.of());

  public ClassBalance {
    Checks.fraction("label smoothing", smoothing);
    weights = List.copyOf(weights);
    weights.forEach(weight -> Checks.positive("a class weight", weight));
  }

  String describe() {
    String smoothed = smoothing > 0 ? ", label smoothing " + smoothing : "";
    return weights.isEmpty() ? smoothed : smoothed + ", class weights " + weights;
  }
}
