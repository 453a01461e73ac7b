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
import java.util.ArrayList;
import java.util.List;

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
    List<String> weighted =
        plan.nodes().stream()
            .filter(node -> !node.choice().slots().isEmpty())
            .map(PlannedNode::name)
            .toList();
    List<PlannedNode> nodes = new ArrayList<>();
    for (PlannedNode node : plan.nodes()) {
      boolean end =
          !weighted.isEmpty()
              && (node.name().equals(weighted.getFirst())
                  || node.name().equals(weighted.getLast()));
      nodes.add(
          node.choice() instanceof NodeChoice.Static(List<WeightSlot> slots)
              ? withSlots(node, slots, end ? options.endBits() : options.weights().bits())
              : node);
    }
    return plan.withNodes(nodes).withValues(plan.values().stream().map(this::lowered).toList());
  }

  private static PlannedNode withSlots(PlannedNode node, List<WeightSlot> slots, int bits) {
    List<WeightSlot> lowered =
        slots.stream()
            .map(slot ->
                new WeightSlot(
                    slot.input(),
                    slot.weight(),
                    QuantScheme.symmetric(bits, slot.scheme().granularity()),
                    slot.form(),
                    slot.range(),
                    slot.rounding()))
            .toList();
    return node.withChoice(new NodeChoice.Static(lowered));
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
