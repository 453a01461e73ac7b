package dev.swage.compress.planner;

import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedWeight;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.search.Ladder;
import dev.swage.compress.search.Ladder.Rung;
import dev.swage.quant.Granularity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The ways that the nodes of a plan can go, as ladders to search on. */
public final class Ladders {
  private static final Keep FLOATS = new Keep(KeepReason.TOO_SENSITIVE);

  private final Map<String, List<PlannedNode>> ways;
  private final RungCosts costs;

  private Ladders(Map<String, List<PlannedNode>> ways, RungCosts costs) {
    this.ways = ways;
    this.costs = costs;
  }

  /**
   * A ladder for each quantized node of a plan, or for those that share a weight: the way it goes
   * there; then the ways behind that one whose codes are no narrower; then floating point.
   *
   * @param ways all that the nodes can go: {@link ModelPlanner#ways}
   */
  public static List<Ladder> of(
      ModelPlan plan, Map<String, List<PlannedNode>> ways, Objective objective) {
    Ladders ladders = new Ladders(ways, new RungCosts(plan, objective));
    List<Ladder> all = new ArrayList<>();
    for (List<PlannedNode> unit : units(plan, ways)) {
      all.add(ladders.ladder(unit));
    }
    return all;
  }

  /** Nodes that have a weight in common which both might read from one set of codes. */
  private static List<List<PlannedNode>> units(
      ModelPlan plan, Map<String, List<PlannedNode>> ways) {
    Map<String, String> unitOfWeight = new HashMap<>();
    Map<String, List<PlannedNode>> units = new LinkedHashMap<>();
    for (PlannedNode node : plan.nodes()) {
      if (node.choice().isQuantized()) {
        List<String> weights = weightsAlone(ways.getOrDefault(node.name(), List.of()));
        Set<String> known = new LinkedHashSet<>();
        weights.stream()
            .filter(unitOfWeight::containsKey)
            .map(unitOfWeight::get)
            .forEach(known::add);
        List<PlannedNode> unit = new ArrayList<>();
        known.forEach(name -> unit.addAll(units.getOrDefault(name, List.of())));
        known.forEach(units::remove);
        unit.add(node);
        String name = unit.getFirst().name();
        units.put(name, unit);
        weights.forEach(weight -> unitOfWeight.put(weight, name));
        unitOfWeight.replaceAll((weight, own) -> known.contains(own) ? name : own);
      }
    }
    return List.copyOf(units.values());
  }

  private static List<String> weightsAlone(List<PlannedNode> ways) {
    return ways.stream()
        .map(PlannedNode::choice)
        .filter(NodeChoice.WeightOnly.class::isInstance)
        .flatMap(choice -> choice.slots().stream())
        .map(WeightSlot::weight)
        .distinct()
        .toList();
  }

  private Ladder ladder(List<PlannedNode> unit) {
    List<List<NodeChoice>> choices = unit.stream().map(this::choices).toList();
    int longest = choices.stream().mapToInt(List::size).max().orElseThrow();
    Map<String, Rung> rungs = new LinkedHashMap<>();
    for (int level = 0; level < longest; level++) {
      Map<String, NodeChoice> own = new LinkedHashMap<>();
      double cost = 0;
      for (int i = 0; i < unit.size(); i++) {
        List<NodeChoice> ladder = choices.get(i);
        NodeChoice choice = ladder.get(Math.min(level, ladder.size() - 1));
        own.put(unit.get(i).name(), choice);
        cost += costs.of(unit.get(i).name(), choice);
      }
      String label = label(own.values().iterator().next());
      boolean exact = own.values().stream().allMatch(Keep.class::isInstance);
      if (rungs.containsKey(label)) {
        label += ", %s".formatted(Integer.toString(level));
      }
      rungs.put(label, new Rung(label, level == 0 ? Map.of() : own, cost, exact));
    }
    return new Ladder(unit.getFirst().name(), List.copyOf(rungs.values()));
  }

  /** Its own way, those behind it, and floats. */
  private List<NodeChoice> choices(PlannedNode node) {
    List<NodeChoice> choices = new ArrayList<>(List.of(node.choice()));
    boolean behind = false;
    for (PlannedNode way : ways.getOrDefault(node.name(), List.of())) {
      boolean same = label(way.choice()).equals(label(node.choice()));
      if (behind && !same && isFiner(choices, way.choice())) {
        choices.add(way.choice());
      }
      behind |= same || way.choice().getClass() == node.choice().getClass();
    }
    choices.add(FLOATS);
    return choices;
  }

  private static boolean isFiner(List<NodeChoice> before, NodeChoice choice) {
    return before.stream().noneMatch(other -> label(other).equals(label(choice)))
        && before.stream().allMatch(other -> bits(choice) >= bits(other));
  }

  /** Of the widest weight; codes of −64…64 count as whole bytes. */
  private static int bits(NodeChoice choice) {
    return choice.slots().stream().mapToInt(slot -> slot.scheme().storage().bits()).max().orElse(0);
  }

  private static String label(NodeChoice choice) {
    return choice.weight().map(w -> choice.label() + " " + w.text()).orElse(choice.label());
  }

  /** What ways cost under a goal. */
  private static final class RungCosts {
    /** As if each node had a few weights more: it takes time also without any. */
    private static final double NODE = 64;

    private final Map<String, PlannedWeight> weights = new HashMap<>();
    private final Map<String, Double> elements = new HashMap<>();
    private final Objective objective;

    RungCosts(ModelPlan plan, Objective objective) {
      this.objective = objective;
      plan.weights().forEach(weight -> weights.put(weight.name(), weight));
    }

    /** In bytes of the weights, or in the time of a product in floats with as many elements. */
    double of(String node, NodeChoice choice) {
      double known = elements.computeIfAbsent(node, name -> NODE);
      for (WeightSlot slot : choice.slots()) {
        PlannedWeight weight = weights.get(slot.weight());
        if (weight != null) {
          known = Math.max(known, NODE + weight.shape().elements());
        }
      }
      elements.put(node, known);
      return known * (objective == Objective.SIZE ? bytes(choice) : time(choice));
    }

    /** With a little for the time, so that ways of the same size are not all one. */
    private static double bytes(NodeChoice choice) {
      double bits = choice.slots().stream().mapToDouble(RungCosts::bits).max().orElse(Float.SIZE);
      return bits / Byte.SIZE + time(choice) / Float.SIZE;
    }

    private static double bits(WeightSlot slot) {
      double scale =
          slot.scheme().granularity() instanceof Granularity.PerGroup group
              ? (double) Float.SIZE / group.size()
              : 0;
      return slot.scheme().storage().bits() + scale;
    }

    /**
     * Of a node, its product in floats being 1; and something more for floats, which take memory.
     */
    private static double time(NodeChoice choice) {
      return switch (choice) {
        case NodeChoice.Static s -> 0.3;
        case NodeChoice.Dynamic d -> 0.4;
        case NodeChoice.WeightOnly w -> 0.9;
        case NodeChoice.Absorb a -> 0;
        case Keep k -> 1.1;
      };
    }
  }
}
