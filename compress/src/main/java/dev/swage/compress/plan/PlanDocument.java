package dev.swage.compress.plan;

import dev.swage.quant.RangeEstimator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.IntUnaryOperator;

/**
 * A plan as people read and edit it: what is wished of each node, in words. It becomes a {@link
 * ModelPlan} again when it is held against its model, which says whether each node can have what is
 * wished and how exactly.
 *
 * @param nodes those with a wish; nodes that are left out are kept
 * @param values ranges of values that become codes
 */
public record PlanDocument(
    String model,
    String modelSha256,
    long opset,
    Objective objective,
    PlanForm form,
    String range,
    RangeEstimator weightRange,
    List<Entry> nodes,
    List<PlannedValue> values) {
  public PlanDocument {
    nodes = List.copyOf(nodes);
    values = List.copyOf(values);
  }

  /**
   * One node.
   *
   * @param operator empty where it is not said
   */
  public record Entry(String node, String operator, Wish wish, OptionalDouble expectedSqnrDb) {}

  /** What is wished of a node. */
  public sealed interface Wish {
    /**
     * To be quantized.
     *
     * @param weight how its weights become codes; empty where nothing is said of them
     */
    record Quantize(Way way, Optional<WeightChoice> weight) implements Wish {}

    /** To be left out for the codes of another. */
    record Absorb(String producer) implements Wish {}

    /** To stay as it is. */
    record Keep(NodeChoice.Keep keep) implements Wish {}
  }

  /** The ways of quantizing a node. */
  public enum Way {
    STATIC,
    DYNAMIC,
    WEIGHT_ONLY;

    /** The word in plans. */
    public String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** What a plan says. */
  public static PlanDocument of(ModelPlan plan) {
    return new PlanDocument(
        plan.model(),
        plan.hash().digits(),
        plan.opset(),
        plan.objective(),
        plan.form(),
        plan.range(),
        plan.weightRange(),
        plan.nodes().stream().map(PlanDocument::entry).toList(),
        plan.values());
  }

  private static Entry entry(PlannedNode node) {
    NodeChoice choice = node.choice();
    Wish wish =
        switch (choice) {
          case NodeChoice.Static s -> new Wish.Quantize(Way.STATIC, choice.weight());
          case NodeChoice.Dynamic d -> new Wish.Quantize(Way.DYNAMIC, choice.weight());
          case NodeChoice.WeightOnly w -> new Wish.Quantize(Way.WEIGHT_ONLY, choice.weight());
          case NodeChoice.Absorb(String producer) -> new Wish.Absorb(producer);
          case NodeChoice.Keep keep -> new Wish.Keep(keep);
        };
    return new Entry(node.name(), node.operator(), wish, node.expectedSqnrDb());
  }

  /** Whether no node is wished to compute with codes of what it reads. */
  public boolean isWeightsAlone() {
    return nodes.stream()
        .map(Entry::wish)
        .noneMatch(wish ->
            wish instanceof Wish.Quantize(Way way, Optional<WeightChoice> _)
                && way != Way.WEIGHT_ONLY);
  }

  /** Whether ranges were fixed ahead when it was made: the graph was prepared for that then. */
  public boolean fixesRanges() {
    return !range.isEmpty();
  }

  /** How the weights become codes that the plan says something of, in its order. */
  public List<WeightChoice> weights() {
    return nodes.stream()
        .map(Entry::wish)
        .filter(Wish.Quantize.class::isInstance)
        .flatMap(wish -> ((Wish.Quantize) wish).weight().stream())
        .toList();
  }

  /** The same with weights that have other widths. */
  public PlanDocument withWeightBits(IntUnaryOperator bits) {
    Map<String, Wish> wishes = new HashMap<>();
    for (Entry entry : nodes) {
      if (entry.wish() instanceof Wish.Quantize(Way way, Optional<WeightChoice> weight)
          && weight.isPresent()) {
        WeightChoice was = weight.get();
        int width = bits.applyAsInt(was.bits());
        if (width != was.bits()) {
          WeightChoice other = new WeightChoice(width, was.symmetric(), was.grouping());
          wishes.put(entry.node(), new Wish.Quantize(way, Optional.of(other)));
        }
      }
    }
    return with(wishes);
  }

  /** The same with other wishes for some nodes. */
  public PlanDocument with(Map<String, Wish> wishes) {
    List<Entry> changed = new ArrayList<>();
    for (Entry entry : nodes) {
      Wish wish = wishes.get(entry.node());
      changed.add(
          wish == null
              ? entry
              : new Entry(entry.node(), entry.operator(), wish, OptionalDouble.empty()));
    }
    return new PlanDocument(
        model, modelSha256, opset, objective, form, range, weightRange, changed, values);
  }
}
