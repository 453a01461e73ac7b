package dev.swage.compress;

import dev.swage.compress.ModelPlan.PlannedNode;
import dev.swage.compress.PlanEngine.Proposal;
import dev.swage.compress.qdq.NodeDecision.Keep;
import dev.swage.compress.qdq.QdqPlan.PlannedValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Decides what becomes of each node: asks every way of quantizing there is in a mode, best first,
 * and takes the first that a node can be quantized in.
 */
final class ModelPlanner {
  private final SourceModel source;
  private final QuantizeOptions options;
  private final List<PlanEngine> engines;

  ModelPlanner(SourceModel source, QuantizeOptions options, List<PlanEngine> engines) {
    this.source = source;
    this.options = options;
    this.engines = List.copyOf(engines);
  }

  /**
   * The plan.
   *
   * @param given nodes that stay in floating point, by their planned names
   * @throws CompressException if a weight that is to be quantized holds NaN or infinities
   */
  ModelPlan plan(Map<String, Keep> given) {
    Map<String, PlannedNode> nodes = new LinkedHashMap<>();
    List<PlannedValue> values = new ArrayList<>();
    for (PlanEngine engine : engines) {
      Proposal proposal = propose(engine, given);
      values.addAll(proposal.values());
      for (PlannedNode node : proposal.nodes()) {
        nodes.merge(
            node.name(), node, (first, next) -> isOpen(first) ? better(first, next) : first);
      }
    }
    return new ModelPlan(
        source.path().toString(),
        source.sha256(),
        source.model().opset(),
        options.goal().objective(),
        options.form(),
        options.mode().needsData() ? options.activations().range().label() : "",
        options.weights().range(),
        List.copyOf(nodes.values()),
        values);
  }

  private static Proposal propose(PlanEngine engine, Map<String, Keep> given) {
    try {
      return engine.propose(given);
    } catch (IllegalArgumentException e) {
      throw new CompressException(String.valueOf(e.getMessage()), e);
    }
  }

  private static boolean isOpen(PlannedNode node) {
    return node.choice() instanceof NodeChoice.Keep;
  }

  /** The reason of the first way stands where the next one keeps the node too. */
  private static PlannedNode better(PlannedNode first, PlannedNode next) {
    return next.choice().isQuantized() ? next : first;
  }
}
