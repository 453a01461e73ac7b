package dev.swage.compress.planner;

import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedWeight;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.qdq.IntegerForms;
import dev.swage.compress.weights.Weight;
import dev.swage.compress.weights.WeightPlanner;
import dev.swage.compress.weights.WeightPlanner.Decision;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tells of each weight of a graph what its readers' choices make of it. */
final class WeightAccount {
  private final Map<String, NodeChoice> choices = new HashMap<>();
  private final Map<String, Keep> decided = new HashMap<>();

  private WeightAccount(List<PlannedNode> nodes, List<Decision> decisions) {
    nodes.forEach(node -> choices.put(node.name(), node.choice()));
    decisions.forEach(
        decision -> decision.keep().ifPresent(keep -> decided.put(decision.weight().key(), keep)));
  }

  /**
   * One for each weight, in file order.
   *
   * @param decisions why weights are kept, where that is known already
   */
  static List<PlannedWeight> of(
      List<Weight> weights, List<PlannedNode> nodes, List<Decision> decisions) {
    WeightAccount account = new WeightAccount(nodes, decisions);
    return weights.stream().map(account::planned).toList();
  }

  private PlannedWeight planned(Weight weight) {
    List<WeightSlot> codes = new ArrayList<>();
    List<Weight.Use> without = new ArrayList<>();
    for (Weight.Use use : weight.uses()) {
      NodeChoice choice = choices.get(use.name());
      Optional<WeightSlot> slot =
          choice == null ? Optional.empty() : SharedWeights.slot(choice, weight.key(), use.index());
      if (slot.isEmpty()) {
        without.add(use);
      } else if (codes.stream().noneMatch(slot.get()::isSameCodes)) {
        codes.add(slot.get());
      }
    }
    Optional<Keep> kept =
        without.isEmpty() && !codes.isEmpty()
            ? Optional.empty()
            : Optional.of(reason(weight, without, codes.isEmpty()));
    return new PlannedWeight(
        weight.key(),
        weight.tensor().dtype(),
        weight.tensor().shape(),
        weight.uses().stream().map(Weight.Use::describe).distinct().toList(),
        codes,
        kept);
  }

  private Keep reason(Weight weight, List<Weight.Use> without, boolean whole) {
    boolean withNode = !without.isEmpty() && without.stream().allMatch(this::becomesCodesWithNode);
    if (withNode) {
      return new Keep(KeepReason.WITH_ITS_NODE);
    }
    List<Keep> readers = without.stream().flatMap(use -> keep(use, weight.key()).stream()).toList();
    Optional<Keep> excluded =
        readers.stream().filter(keep -> keep.reason() == KeepReason.EXCLUDED).findFirst();
    Optional<Keep> own = whole ? WeightPlanner.obstacle(weight) : Optional.empty();
    return own.or(() -> excluded)
        .or(() -> Optional.ofNullable(decided.get(weight.key())).filter(keep -> whole))
        .or(() -> readers.stream().findFirst())
        .orElseGet(() -> new Keep(KeepReason.NOT_A_WEIGHT));
  }

  private boolean becomesCodesWithNode(Weight.Use use) {
    return choices.get(use.name()) instanceof NodeChoice.Static
        && IntegerForms.takesAsCodes(use.node(), use.index());
  }

  private Optional<Keep> keep(Weight.Use use, String weight) {
    return switch (choices.get(use.name())) {
      case Keep keep -> Optional.of(keep);
      case NodeChoice.WeightOnly w ->
          Optional.of(new Keep(KeepReason.SHARED_WEIGHT, "'%s'".formatted(weight)));
      case null, default -> Optional.empty();
    };
  }
}
