package dev.swage.compress;

import dev.swage.compress.ModelPlan.PlannedNode;
import dev.swage.compress.QuantPlan.PlannedWeight;
import dev.swage.compress.WeightDecision.Quantize;
import dev.swage.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What becomes of each weight of a model when the nodes of a plan have theirs as codes: a weight
 * becomes codes when all its readers have the same choice for it.
 */
final class PlannedWeights {
  private final OnnxModel model;
  private final ModelPlan plan;
  private final Map<String, WeightChoice> choices = new HashMap<>();
  private final Map<WeightChoice, Map<String, WeightDecision>> decisions = new HashMap<>();

  PlannedWeights(OnnxModel model, ModelPlan plan) {
    this.model = model;
    this.plan = plan;
    for (PlannedNode node : plan.nodes()) {
      if (node.choice() instanceof NodeChoice.WeightOnly(WeightChoice choice)) {
        choices.put(node.name(), choice);
      }
    }
  }

  /**
   * The decisions.
   *
   * @param model as planned, or after other nodes of the plan were rewritten
   */
  static QuantPlan of(OnnxModel model, ModelPlan plan) {
    return new PlannedWeights(model, plan).weights();
  }

  private QuantPlan weights() {
    Map<String, Weight> weights = new HashMap<>();
    Weight.of(model.graph()).forEach(weight -> weights.put(weight.key(), weight));
    List<PlannedWeight> merged = new ArrayList<>();
    for (PlannedWeight planned : Planner.plan(model, options()).weights()) {
      Weight weight = weights.get(planned.name());
      WeightDecision decision =
          planned.decision() instanceof Quantize && weight != null
              ? decide(weight)
              : planned.decision();
      merged.add(
          new PlannedWeight(
              planned.name(), planned.dtype(), planned.shape(), planned.consumers(), decision));
    }
    return new QuantPlan(merged);
  }

  private WeightDecision decide(Weight weight) {
    List<Optional<WeightChoice>> wanted =
        weight.uses().stream()
            .map(use -> Optional.ofNullable(choices.get(WeightEngine.nameOf(use))))
            .distinct()
            .toList();
    if (wanted.size() > 1) {
      return new WeightDecision.Keep(KeepReason.CONFLICTING_USES, "");
    }
    WeightDecision kept = new WeightDecision.Keep(KeepReason.EXCLUDED, "");
    return wanted
        .getFirst()
        .map(choice -> under(choice).getOrDefault(weight.key(), kept))
        .orElse(kept);
  }

  /** What becomes of the weights whose readers all have this choice, by key. */
  Map<String, WeightDecision> under(WeightChoice choice) {
    return decisions.computeIfAbsent(choice, this::decisions);
  }

  private WeightOptions options() {
    return WeightOptions.int8().withRange(plan.weightRange());
  }

  private Map<String, WeightDecision> decisions(WeightChoice choice) {
    WeightOptions options = options().withBits(choice.bits()).withGrouping(choice.grouping());
    if (!choice.symmetric()) {
      options = options.asymmetric();
    }
    Map<String, WeightDecision> found = new HashMap<>();
    Planner.plan(model, options).weights().forEach(w -> found.put(w.name(), w.decision()));
    if (plan.form() == PlanForm.CONTRIB && isTakenByNBits(choice)) {
      // Products only: convolutions, recurrences and tables stay in the standard form.
      for (PlannedWeight weight :
          Planner.plan(model, options.withFormat(WeightFormat.MATMUL_N_BITS)).weights()) {
        if (weight.decision() instanceof Quantize) {
          found.put(weight.name(), weight.decision());
        }
      }
    }
    return found;
  }

  private static boolean isTakenByNBits(WeightChoice choice) {
    return choice.grouping() instanceof WeightGrouping.Groups
        && Set.of(2, 4, 8).contains(choice.bits());
  }
}
