package dev.swage.compress;

import dev.swage.compress.ModelPlan.PlannedNode;
import dev.swage.compress.qdq.NodeDecision.Keep;
import dev.swage.compress.qdq.QdqPlan.PlannedValue;
import java.util.List;
import java.util.Map;

/** One way in which nodes of a model can be quantized. */
interface PlanEngine {
  /**
   * What it would do with the nodes it knows of.
   *
   * @param given nodes that stay in floating point, by their planned names
   */
  Proposal propose(Map<String, Keep> given);

  /**
   * Nodes by their planned names, and the values whose ranges are fixed ahead.
   *
   * @param nodes those it has a decision on
   */
  record Proposal(List<PlannedNode> nodes, List<PlannedValue> values) {}
}
