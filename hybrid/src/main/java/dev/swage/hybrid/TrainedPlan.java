package dev.swage.hybrid;

import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.compress.plan.Rounding;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.quant.RangeEstimator;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.quant.range.Range;
import dev.swage.train.quantize.TrainedQuantizer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A plan with the scales and zero points that training found. */
final class TrainedPlan {
  private final Map<String, TrainedQuantizer> quantizers = new HashMap<>();

  private TrainedPlan(List<TrainedQuantizer> trained) {
    trained.forEach(quantizer -> quantizers.put(quantizer.value(), quantizer));
  }

  static ModelPlan of(ModelPlan plan, List<TrainedQuantizer> trained) {
    TrainedPlan with = new TrainedPlan(trained);
    return plan.withRange(plan.range().isEmpty() ? "" : "trained")
        .withNodes(plan.nodes().stream().map(with::node).toList())
        .withValues(plan.values().stream().map(with::value).toList());
  }

  private PlannedNode node(PlannedNode node) {
    NodeChoice choice =
        switch (node.choice()) {
          case NodeChoice.Static(List<WeightSlot> slots) -> new NodeChoice.Static(slots(slots));
          case NodeChoice.WeightOnly(List<WeightSlot> slots) ->
              new NodeChoice.WeightOnly(slots(slots));
          // Tables, whose rows are looked up as codes.
          case NodeChoice.Dynamic(List<WeightSlot> slots) -> new NodeChoice.Dynamic(slots(slots));
          default -> node.choice();
        };
    return node.withChoice(choice);
  }

  private List<WeightSlot> slots(List<WeightSlot> slots) {
    return slots.stream().map(this::slot).toList();
  }

  /** Codes are the nearest ones, as in training, whatever rounding suits untrained weights. */
  private WeightSlot slot(WeightSlot slot) {
    TrainedQuantizer quantizer = quantizers.get(slot.weight());
    return quantizer == null
        ? slot
        : new WeightSlot(
            slot.input(),
            slot.weight(),
            slot.scheme(),
            slot.form(),
            RangeEstimator.given(quantizer.params()),
            Rounding.NEAREST);
  }

  private PlannedValue value(PlannedValue value) {
    TrainedQuantizer quantizer = quantizers.get(value.name());
    if (quantizer == null) {
      return value;
    }
    float scale = quantizer.params().scales()[0];
    int zero = quantizer.params().zeroPoints()[0];
    return new PlannedValue(
        value.name(),
        new Range((value.scheme().qmin() - zero) * scale, (value.scheme().qmax() - zero) * scale),
        value.scheme(),
        new ScaleZeroPoint(scale, zero),
        value.group(),
        value.expectedSqnrDb());
  }
}
