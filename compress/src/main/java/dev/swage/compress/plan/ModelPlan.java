package dev.swage.compress.plan;

import dev.swage.quant.RangeEstimator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What happens to every node of a model, to its weights, and which of its values become codes: the
 * one plan of all modes. It is resolved: writing it decides nothing. {@link PlanFile} stores it.
 *
 * @param model path of the model it was made for
 * @param hash tells that model apart
 * @param opset operator set of the prepared model
 * @param objective what for: the graph was prepared for that
 * @param form with which operators it is written
 * @param range how activations' ranges were chosen, in a word; empty where there are none
 * @param weightRange what range of its values a weight's codes cover, where it is quantized alone
 * @param nodes of the prepared model, in graph order; those of branches and bodies after the node
 *     they belong to, called by their path
 * @param values the values that become codes with a range fixed ahead, in the order they are
 *     computed
 * @param weights all floating-point constants of the prepared model, in file order
 */
public record ModelPlan(
    String model,
    ModelHash hash,
    long opset,
    Objective objective,
    PlanForm form,
    String range,
    RangeEstimator weightRange,
    List<PlannedNode> nodes,
    List<PlannedValue> values,
    List<PlannedWeight> weights) {
  public ModelPlan {
    nodes = List.copyOf(nodes);
    values = List.copyOf(values);
    weights = List.copyOf(weights);
    Set<String> names = new HashSet<>();
    for (PlannedNode node : nodes) {
      if (!names.add(node.name())) {
        throw new IllegalArgumentException(
            "a plan names a node once, got '%s' twice".formatted(node.name()));
      }
    }
  }

  /** The same with other nodes. */
  public ModelPlan withNodes(List<PlannedNode> others) {
    return new ModelPlan(
        model, hash, opset, objective, form, range, weightRange, others, values, weights);
  }

  /** The same with other values. */
  public ModelPlan withValues(List<PlannedValue> others) {
    return new ModelPlan(
        model, hash, opset, objective, form, range, weightRange, nodes, others, weights);
  }

  /** The same with another word for how ranges were chosen. */
  public ModelPlan withRange(String word) {
    return new ModelPlan(
        model, hash, opset, objective, form, word, weightRange, nodes, values, weights);
  }

  /** The choices by the nodes' names. */
  public Map<String, NodeChoice> choices() {
    Map<String, NodeChoice> choices = new HashMap<>();
    nodes.forEach(node -> choices.put(node.name(), node.choice()));
    return choices;
  }

  /** Number of nodes of which something becomes codes. */
  public long quantized() {
    return nodes.stream().filter(node -> node.choice().isQuantized()).count();
  }

  /** Number of weights that become codes. */
  public long quantizedWeights() {
    return weights.stream().filter(PlannedWeight::isQuantized).count();
  }

  /** Whether some node goes this way. */
  public boolean has(Class<? extends NodeChoice> way) {
    return nodes.stream().anyMatch(node -> way.isInstance(node.choice()));
  }

  /** Whether weights become codes and nothing else does: all nodes compute in floating point. */
  public boolean isWeightsAlone() {
    return !has(NodeChoice.Static.class) && !has(NodeChoice.Dynamic.class);
  }

  /** Whether ranges were fixed ahead when it was made: the graph was prepared for that then. */
  public boolean fixesRanges() {
    return !range.isEmpty();
  }

  /** The kept nodes by reason, as {@code 3 × excluded by name; 1 × …}; in words without any. */
  public String kept() {
    String kept =
        counts(
            nodes.stream()
                .map(PlannedNode::choice)
                .filter(NodeChoice.Keep.class::isInstance)
                .map(NodeChoice.Keep.class::cast));
    return kept.isEmpty() ? "the model has no node" : kept;
  }

  /** The kept weights by reason, likewise. */
  public String keptWeights() {
    String kept = counts(weights.stream().flatMap(weight -> weight.kept().stream()));
    return kept.isEmpty() ? "the model has none" : kept;
  }

  private static String counts(Stream<NodeChoice.Keep> kept) {
    Map<KeepReason, Long> reasons =
        kept.collect(
            Collectors.groupingBy(NodeChoice.Keep::reason, TreeMap::new, Collectors.counting()));
    return reasons.entrySet().stream()
        .map(entry -> "%s × %s".formatted(entry.getValue().toString(), entry.getKey().text()))
        .collect(Collectors.joining("; "));
  }

  /** What becomes codes, in words, as a model's metadata hold it. */
  public String summary() {
    Map<String, Long> ways = new TreeMap<>();
    for (PlannedNode node : nodes) {
      if (node.choice().isQuantized()) {
        String weight = node.choice().weight().map(choice -> " " + choice).orElse("");
        String activations =
            node.choice() instanceof NodeChoice.Static
                ? " (activations %s, %s)".formatted(codes(), range)
                : "";
        ways.merge(node.choice().label() + weight + activations, 1L, Long::sum);
      }
    }
    return ways.entrySet().stream()
        .map(way -> "%s nodes %s".formatted(way.getValue().toString(), way.getKey()))
        .collect(Collectors.joining("; "));
  }

  private String codes() {
    return values.stream()
        .map(value -> PlanWords.word(value.scheme()))
        .distinct()
        .collect(Collectors.joining(" and "));
  }
}
