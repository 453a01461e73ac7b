package dev.swage.compress.write;

import dev.swage.compress.dynamic.DynamicModel;
import dev.swage.compress.dynamic.DynamicWriter;
import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.PlanForm;
import dev.swage.compress.qdq.QOperatorForm;
import dev.swage.compress.qdq.QdqModel;
import dev.swage.compress.qdq.QdqWriter;
import dev.swage.compress.weights.CodeMemory;
import dev.swage.compress.weights.ModelDraft;
import dev.swage.compress.weights.WeightWriter;
import dev.swage.graph.Prepared;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Carries out a plan: a pure function of model and plan that decides nothing. Each way of
 * quantizing touches its own nodes only, so they follow one another: activations with fixed ranges,
 * activations measured at run time, weights alone.
 */
public final class PlanWriter {
  private PlanWriter() {}

  /**
   * The model with codes, with those of weights that are quantized alone still to be made: it can
   * be written from its beginning while they are.
   *
   * @param source the prepared model that was planned, in an operator set that can carry the codes
   * @param memory for codes of weights that are quantized alone
   * @throws CompressException if the plan quantizes a node that the model lacks, or in a way that
   *     the node does not allow; if a weight holds NaN or infinities
   */
  public static PlanDraft draft(Prepared source, ModelPlan plan, CodeMemory memory) {
    QdqModel pairs = QdqWriter.write(source.model(), plan);
    QdqModel coded = plan.form() == PlanForm.QOPERATOR ? QOperatorForm.of(pairs) : pairs;
    Map<String, Tensor> stored = new LinkedHashMap<>(coded.stored());
    OnnxModel model = coded.model();
    Optional<DynamicModel> dynamic = Optional.empty();
    if (plan.has(NodeChoice.Dynamic.class)) {
      DynamicModel written = DynamicWriter.write(model, plan);
      written
          .stored()
          .forEach((path, tensors) ->
              tensors.forEach((name, tensor) -> stored.put(path.key(name), tensor)));
      model = written.model();
      dynamic = Optional.of(written);
    }
    ModelDraft weights = WeightWriter.draft(model, plan, memory);
    stored.putAll(weights.stored());
    ModelDraft narrow = weights.withModel(source.widened().narrowed(weights.model()));
    return new PlanDraft(source, plan, narrow, stored, pairs, coded, dynamic);
  }

  /** The model with all codes, on the heap. */
  public static QuantizedModel write(Prepared source, ModelPlan plan) {
    return draft(source, plan, CodeMemory.heap()).make();
  }

  /** As {@link #write(Prepared, ModelPlan)}, of a model that needed no preparation. */
  public static QuantizedModel write(OnnxModel source, ModelPlan plan) {
    return write(Prepared.asIs(source), plan);
  }
}
