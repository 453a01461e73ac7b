package dev.swage.compress.planner;

import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.weights.Weight;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes the readers of a weight agree: a weight becomes codes alone only where all who read it have
 * the same codes for it. Nodes with codes of their own, of the static and dynamic ways, do not
 * count: they do not read the weight any more.
 */
final class SharedWeights {
  private final Map<String, NodeChoice> choices = new HashMap<>();

  /** Weights that stay in floats for all who read them, and who is the reason. */
  private final Map<String, String> refused = new HashMap<>();

  private SharedWeights(List<PlannedNode> nodes, List<Weight> weights) {
    nodes.forEach(node -> choices.put(node.name(), node.choice()));
    weights.forEach(this::visit);
  }

  /** The nodes, with slots removed that not all readers of a weight have. */
  static List<PlannedNode> settle(List<PlannedNode> nodes, List<Weight> weights) {
    SharedWeights shared = new SharedWeights(nodes, weights);
    return shared.refused.isEmpty() ? nodes : nodes.stream().map(shared::settled).toList();
  }

  private void visit(Weight weight) {
    List<WeightSlot> slots = new ArrayList<>();
    String without = "";
    for (Weight.Use use : weight.uses()) {
      NodeChoice choice = choices.get(use.name());
      Optional<WeightSlot> slot =
          choice == null ? Optional.empty() : slot(choice, weight.key(), use.index());
      if (choice instanceof NodeChoice.WeightOnly && slot.isPresent()) {
        slots.add(slot.get());
      } else if (slot.isEmpty()) {
        without = use.name();
      }
    }
    if (slots.isEmpty()) {
      return;
    }
    boolean same = slots.stream().allMatch(slots.getFirst()::isSameCodes);
    if (!without.isEmpty() || !same) {
      refused.put(
          weight.key(), without.isEmpty() ? "in several widths" : "with '%s'".formatted(without));
    }
  }

  /** The slot of a weight at an input of a node, if it becomes codes there. */
  static Optional<WeightSlot> slot(NodeChoice choice, String weight, int input) {
    return choice.slots().stream()
        .filter(slot -> slot.weight().equals(weight) && slot.input() == input)
        .findFirst();
  }

  private PlannedNode settled(PlannedNode node) {
    if (!(node.choice() instanceof NodeChoice.WeightOnly(List<WeightSlot> slots))) {
      return node;
    }
    List<WeightSlot> left =
        slots.stream().filter(slot -> !refused.containsKey(slot.weight())).toList();
    if (left.size() == slots.size()) {
      return node;
    }
    if (!left.isEmpty()) {
      return PlannedNode.of(node.name(), node.operator(), new NodeChoice.WeightOnly(left));
    }
    String weight = slots.getFirst().weight();
    String detail = "'%s' %s".formatted(weight, refused.get(weight));
    return PlannedNode.of(
        node.name(), node.operator(), new NodeChoice.Keep(KeepReason.SHARED_WEIGHT, detail));
  }
}
