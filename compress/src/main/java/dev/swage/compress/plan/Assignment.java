package dev.swage.compress.plan;

import dev.swage.compress.plan.NodeChoice.Keep;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is decided of some nodes of a model, by their planned names; the rest is left to the
 * planner. What measuring, bounds and people decide is said in this one way, so that any of the
 * ways a node can go can be asked for.
 *
 * @param choices in the order they were made
 * @param reasons why nodes go this way and not a better one, where that is known
 */
public record Assignment(Map<String, NodeChoice> choices, Map<String, Keep> reasons) {
  private static final Assignment NONE = new Assignment(Map.of(), Map.of());

  public Assignment {
    choices = Collections.unmodifiableMap(new LinkedHashMap<>(choices));
    reasons = Collections.unmodifiableMap(new LinkedHashMap<>(reasons));
  }

  /** Nothing is decided. */
  public static Assignment none() {
    return NONE;
  }

  /** These nodes stay in floating point. */
  public static Assignment keeping(Map<String, Keep> kept) {
    return new Assignment(new LinkedHashMap<>(kept), Map.of());
  }

  /** The same with one more decision, or another one for a node. */
  public Assignment with(String node, NodeChoice choice) {
    Map<String, NodeChoice> more = new LinkedHashMap<>(choices);
    more.put(node, choice);
    return new Assignment(more, reasons);
  }

  /** The same with one more decision, and why the node goes no better way. */
  public Assignment with(String node, NodeChoice choice, Keep reason) {
    Map<String, Keep> more = new LinkedHashMap<>(reasons);
    more.put(node, reason);
    return new Assignment(choices, more).with(node, choice);
  }

  /** The same, with the decisions of another for nodes that this has none on. */
  public Assignment or(Assignment other) {
    Map<String, NodeChoice> more = new LinkedHashMap<>(choices);
    Map<String, Keep> why = new LinkedHashMap<>(other.reasons);
    why.keySet().removeAll(choices.keySet());
    why.putAll(reasons);
    other.choices.forEach(more::putIfAbsent);
    return new Assignment(more, why);
  }

  public boolean isEmpty() {
    return choices.isEmpty();
  }

  /** What is decided of a node. */
  public Optional<NodeChoice> choice(String node) {
    return Optional.ofNullable(choices.get(node));
  }

  /** How the weights of a node are to become codes; empty where this is left to the planner. */
  public List<WeightSlot> slots(String node) {
    return choice(node).map(NodeChoice::slots).orElse(List.of());
  }

  /** Why a node must not go one way: it is to stay in floating point, or to go another way. */
  public Optional<Keep> against(String node, Class<? extends NodeChoice> way) {
    NodeChoice choice = choices.get(node);
    if (choice == null || way.isInstance(choice)) {
      return Optional.empty();
    }
    if (choice instanceof Keep keep) {
      return Optional.of(keep);
    }
    Keep reason = reasons.get(node);
    return Optional.of(
        reason == null
            ? new Keep(KeepReason.NOT_BETWEEN_CODES, "quantized " + choice.label())
            : reason);
  }

  /** The nodes that stay in floating point. */
  public Map<String, Keep> kept() {
    Map<String, Keep> kept = new LinkedHashMap<>();
    choices.forEach((node, choice) -> {
      if (choice instanceof Keep keep) {
        kept.put(node, keep);
      }
    });
    return kept;
  }
}
