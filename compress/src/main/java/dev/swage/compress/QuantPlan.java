package dev.swage.compress;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What happens to every floating-point weight of a model, in file order.
 *
 * @param weights one decision per weight
 */
public record QuantPlan(List<PlannedWeight> weights) {
  public QuantPlan {
    weights = List.copyOf(weights);
  }

  /**
   * One weight and its decision.
   *
   * @param name initializer, or output of a Constant node
   * @param consumers the nodes that read it, in words
   */
  public record PlannedWeight(
      String name, DType dtype, Shape shape, List<String> consumers, WeightDecision decision) {
    public PlannedWeight {
      consumers = List.copyOf(consumers);
    }
  }

  /** Number of weights that become codes. */
  public long quantized() {
    return weights.stream()
        .filter(weight -> weight.decision() instanceof WeightDecision.Quantize)
        .count();
  }

  /** The kept weights by reason, as {@code 3 × bias…; 1 × …}; empty when none is kept. */
  public String kept() {
    Map<KeepReason, Integer> counts = new TreeMap<>();
    for (PlannedWeight weight : weights) {
      if (weight.decision() instanceof WeightDecision.Keep keep) {
        counts.merge(keep.reason(), 1, Integer::sum);
      }
    }
    return counts.entrySet().stream()
        .map(entry -> "%d × %s".formatted(entry.getValue(), entry.getKey().text()))
        .collect(Collectors.joining("; "));
  }
}
