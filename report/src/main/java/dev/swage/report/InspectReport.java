package dev.swage.report;

import java.util.List;

/**
 * What {@code inspect} found in a model.
 *
 * @param model path of the file
 * @param bytes its size
 * @param weights in the graph's order
 */
public record InspectReport(Origin origin, String model, long bytes, List<WeightProfile> weights)
    implements Report {
  public InspectReport {
    weights = List.copyOf(weights);
  }
}
