package dev.swage.hybrid;

import dev.swage.compress.PlannedModel;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.quant.range.MeanSquaredErrorRange;
import dev.swage.quant.range.Range;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The widths that a model is trained for. A plan is made with 8 bits, since narrower codes are to
 * be learned, not judged by what they lose untrained.
 */
final class Widths {
  private static final int FULL = 8;

  private final QatOptions options;
  private final PlannedModel planned;

  Widths(QatOptions options, PlannedModel planned) {
    this.options = options;
    this.planned = planned;
  }

  ModelPlan lowered() {
    ModelPlan plan = planned.plan();
    Set<String> ends = ends(plan);
    return plan.withNodes(plan.nodes().stream().map(node -> lowered(node, ends)).toList())
        .withValues(plan.values().stream().map(this::lowered).toList());
  }

  /** The weights of the first and the last node that has one, for all that read them. */
  private static Set<String> ends(ModelPlan plan) {
    List<List<WeightSlot>> weighted =
        plan.nodes().stream()
            .map(node -> node.choice().slots())
            .filter(slots -> !slots.isEmpty())
            .toList();
    Set<String> ends = new HashSet<>();
    if (!weighted.isEmpty()) {
      weighted.getFirst().forEach(slot -> ends.add(slot.weight()));
      weighted.getLast().forEach(slot -> ends.add(slot.weight()));
    }
    return ends;
  }

  private PlannedNode lowered(PlannedNode node, Set<String> ends) {
    return switch (node.choice()) {
      case NodeChoice.Static(List<WeightSlot> slots) ->
          node.withChoice(new NodeChoice.Static(lowered(slots, ends)));
      case NodeChoice.WeightOnly(List<WeightSlot> slots)
          when !options.fixesRanges() || options.ends().isPresent() ->
          node.withChoice(new NodeChoice.WeightOnly(lowered(slots, ends)));
      default -> node;
    };
  }

  private List<WeightSlot> lowered(List<WeightSlot> slots, Set<String> ends) {
    return slots.stream()
        .map(slot ->
            withBits(
                slot, ends.contains(slot.weight()) ? options.endBits() : options.weights().bits()))
        .toList();
  }

  private static WeightSlot withBits(WeightSlot slot, int bits) {
    QuantScheme was = slot.scheme();
    if (was.bits() == bits) {
      return slot;
    }
    return new WeightSlot(
        slot.input(),
        slot.weight(),
        was.symmetric()
            ? QuantScheme.symmetric(bits, was.granularity())
            : QuantScheme.asymmetric(bits, was.granularity()),
        slot.form(),
        slot.range(),
        slot.rounding());
  }

  /** Codes of 8 bits that use fewer of their levels, over the range that loses least. */
  private PlannedValue lowered(PlannedValue value) {
    if (options.activationBits() == FULL) {
      return value;
    }
    QuantScheme scheme =
        new QuantScheme(
            value.scheme().storage(),
            options.activationBits(),
            value.scheme().symmetric(),
            value.scheme().granularity());
    Range range =
        planned
            .calibration()
            .flatMap(calibration -> calibration.tensor(value.group()))
            .map(tensor -> new MeanSquaredErrorRange().range(tensor.statistics(), scheme))
            .orElse(value.range());
    ScaleZeroPoint codes = ScaleZeroPoint.of(range.min(), range.max(), scheme);
    return new PlannedValue(
        value.name(), range, scheme, codes, value.group(), value.expectedSqnrDb());
  }
}
