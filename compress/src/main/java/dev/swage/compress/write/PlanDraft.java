package dev.swage.compress.write;

import dev.swage.compress.dynamic.DynamicModel;
import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.PlannedWeight;
import dev.swage.compress.qdq.QdqModel;
import dev.swage.compress.weights.ModelDraft;
import dev.swage.compress.weights.WeightOutcome;
import dev.swage.graph.Prepared;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A model that carries a plan, with some codes still to be made.
 *
 * @param weights the model, and what makes its codes
 * @param stored all initializers that carry codes, scales and zero points, by name and path
 */
public record PlanDraft(
    Prepared source,
    ModelPlan plan,
    ModelDraft weights,
    Map<String, Tensor> stored,
    QdqModel pairs,
    QdqModel coded,
    Optional<DynamicModel> dynamic) {
  /** The same with another model around the same initializers. */
  public PlanDraft withModel(OnnxModel other) {
    return new PlanDraft(source, plan, weights.withModel(other), stored, pairs, coded, dynamic);
  }

  /**
   * Makes all codes.
   *
   * @throws CompressException if a weight holds NaN or an infinity
   */
  public QuantizedModel make() {
    return made(weights.make());
  }

  /** What a weight takes in the source file; in graphs inside nodes what it takes as it is. */
  private long bytes(PlannedWeight weight) {
    Tensor tensor = source.model().graph().initializers().get(weight.name());
    return tensor == null
        ? weight.dtype().bytes(weight.shape().elements())
        : source.widened().storedBytes(tensor);
  }

  /** With codes that were made. */
  public QuantizedModel made(Map<String, ModelDraft.Made> codes) {
    List<WeightOutcome> outcomes = new ArrayList<>();
    for (PlannedWeight planned : plan.weights()) {
      long before = bytes(planned);
      ModelDraft.Made made = codes.get(planned.name());
      outcomes.add(
          made == null
              ? new WeightOutcome(planned, before, before, OptionalDouble.empty())
              : new WeightOutcome(planned, before, made.bytes(), OptionalDouble.of(made.sqnrDb())));
    }
    return new QuantizedModel(
        weights.model(), source, plan, outcomes, weights.codes(), stored, pairs, coded, dynamic);
  }
}
