package dev.swage.compress;

import dev.swage.compress.qdq.NodeKeepReason;
import dev.swage.compress.qdq.QdqPlan.PlannedValue;
import dev.swage.quant.RangeEstimator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What happens to every node of a model, and which of its values become codes: a value that can be
 * read, edited, stored ({@link PlanFile}) and carried out again.
 *
 * @param model path of the model it was made for
 * @param modelSha256 hash of that model: {@link dev.swage.compress.calibrate.ModelHash}
 * @param opset operator set of the prepared model
 * @param objective what for: the graph was prepared for that
 * @param form with which operators it is written
 * @param range how activations' ranges were chosen, in a word; empty where there are none
 * @param weightRange what range of its values a weight's codes cover, where it is quantized alone
 * @param nodes of the prepared model, in graph order; those of branches and bodies after the node
 *     they belong to, called by their path
 * @param values the values that become codes with a range fixed ahead, in the order they are
 *     computed
 */
public record ModelPlan(
    String model,
    String modelSha256,
    long opset,
    QuantGoal.Objective objective,
    PlanForm form,
    String range,
    RangeEstimator weightRange,
    List<PlannedNode> nodes,
    List<PlannedValue> values) {
  public ModelPlan {
    nodes = List.copyOf(nodes);
    values = List.copyOf(values);
    Set<String> names = new HashSet<>();
    for (PlannedNode node : nodes) {
      if (!names.add(node.name())) {
        throw new IllegalArgumentException(
            "a plan names a node once, got '%s' twice".formatted(node.name()));
      }
    }
  }

  /**
   * One node and what happens to it.
   *
   * @param name its own, or that of its first output where it has none
   * @param expectedSqnrDb signal to noise at its output, if errors were independent and everything
   *     before it exact; +∞ when nothing is lost, empty where nothing becomes codes
   */
  public record PlannedNode(
      String name, String operator, NodeChoice choice, OptionalDouble expectedSqnrDb) {}

  /** Number of nodes of which something becomes codes. */
  public long quantized() {
    return nodes.stream().filter(node -> node.choice().isQuantized()).count();
  }

  /** Whether ranges were fixed ahead when it was made: the graph was prepared for that then. */
  boolean fixesRanges() {
    return !range.isEmpty();
  }

  /** The kept nodes by reason, as {@code 3 × excluded by name; 1 × …}. */
  public String kept() {
    Map<String, Long> reasons =
        nodes.stream()
            .map(PlannedNode::choice)
            .filter(NodeChoice.Keep.class::isInstance)
            .map(NodeChoice.Keep.class::cast)
            .collect(
                Collectors.groupingBy(
                    keep -> keep.reason().text(), TreeMap::new, Collectors.counting()));
    return reasons.entrySet().stream()
        .map(entry -> "%d × %s".formatted(entry.getValue(), entry.getKey()))
        .collect(Collectors.joining("; "));
  }

  /** What becomes codes, in words, as a model's metadata hold it. */
  public String summary() {
    Map<String, Long> ways = new TreeMap<>();
    for (PlannedNode node : nodes) {
      switch (node.choice()) {
        case NodeChoice.Static s ->
            ways.merge(
                "static%s (activations %s, %s)"
                    .formatted(s.weight().map(weight -> " " + weight).orElse(""), codes(), range),
                1L,
                Long::sum);
        case NodeChoice.Dynamic d -> ways.merge("dynamic " + d.weight(), 1L, Long::sum);
        case NodeChoice.WeightOnly w -> ways.merge("weight-only " + w.weight(), 1L, Long::sum);
        case NodeChoice.Absorb a -> {}
        case NodeChoice.Keep k -> {}
      }
    }
    return ways.entrySet().stream()
        .map(way -> "%d nodes %s".formatted(way.getValue(), way.getKey()))
        .collect(Collectors.joining("; "));
  }

  private String codes() {
    return values.stream()
        .map(value -> PlanReader.word(value.scheme()))
        .distinct()
        .collect(Collectors.joining(" and "));
  }

  /** The same with nodes that were to be left out after ones that are not static any more. */
  ModelPlan settled() {
    Map<String, NodeChoice> choices = new HashMap<>();
    nodes.forEach(node -> choices.put(node.name(), node.choice()));
    Map<String, NodeChoice> back = new HashMap<>();
    for (PlannedNode node : nodes) {
      if (node.choice() instanceof NodeChoice.Absorb(String producer)
          && choices.containsKey(producer)
          && !(choices.get(producer) instanceof NodeChoice.Static)) {
        back.put(node.name(), new NodeChoice.Keep(NodeKeepReason.NOT_BETWEEN_CODES, ""));
      }
    }
    return back.isEmpty() ? this : withChoices(back);
  }

  /** The same plan with other choices for some nodes. */
  public ModelPlan withChoices(Map<String, NodeChoice> choices) {
    List<PlannedNode> changed = new ArrayList<>();
    for (PlannedNode node : nodes) {
      NodeChoice choice = choices.get(node.name());
      changed.add(
          choice == null
              ? node
              : new PlannedNode(node.name(), node.operator(), choice, OptionalDouble.empty()));
    }
    return new ModelPlan(
        model, modelSha256, opset, objective, form, range, weightRange, changed, values);
  }
}
