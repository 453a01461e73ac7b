package dev.swage.compress.planner;

import dev.swage.compress.dynamic.DynamicOptions;
import dev.swage.compress.dynamic.DynamicPlanner;
import dev.swage.compress.plan.Assignment;
import dev.swage.compress.weights.WeightErrors;
import dev.swage.onnx.Graph;
import java.util.List;

/** Codes of weights, and of activations that are measured at every run. */
final class DynamicWay implements WayPlanner {
  private final Graph graph;
  private final DynamicOptions options;
  private final Assignment excluded;
  private final WeightErrors errors;

  DynamicWay(Graph graph, DynamicOptions options, Assignment excluded, WeightErrors errors) {
    this.graph = graph;
    this.options = options;
    this.excluded = excluded;
    this.errors = errors;
  }

  @Override
  public String label() {
    return "dynamic";
  }

  @Override
  public Proposal propose(Assignment given) {
    return new Proposal(DynamicPlanner.plan(graph, options, excluded.or(given), errors), List.of());
  }
}
