package dev.swage.compress.planner;

import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedValue;
import java.util.List;

/** One way in which nodes of a model can be quantized. */
interface WayPlanner {
  /** The way in a word, as {@link NodeChoice#label} has it. */
  String label();

  /**
   * What it would do with the nodes it knows of.
   *
   * @param given nodes that stay in floating point, or go another way
   * @throws CompressException if a weight that would become codes holds NaN or infinities
   */
  Proposal propose(Assignment given);

  /**
   * Nodes by their planned names, and the values whose ranges are fixed ahead.
   *
   * @param nodes those it has a choice for, or a reason against
   */
  record Proposal(List<PlannedNode> nodes, List<PlannedValue> values) {}
}
