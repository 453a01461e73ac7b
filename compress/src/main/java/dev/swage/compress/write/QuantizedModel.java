package dev.swage.compress.write;

import dev.swage.compress.dynamic.DynamicModel;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.PlanForm;
import dev.swage.compress.qdq.QdqModel;
import dev.swage.compress.weights.CodeMemory;
import dev.swage.compress.weights.QuantizedWeight;
import dev.swage.compress.weights.WeightOutcome;
import dev.swage.graph.Prepared;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model that carries a plan, and the account of every weight.
 *
 * @param model the model with codes
 * @param prepared what was quantized: the source with what was done to it first
 * @param plan what was carried out
 * @param weights every floating-point weight of the prepared model, in its order
 * @param codes the quantizer's result for each weight that was quantized alone by name, in the
 *     layout of the weight itself
 * @param stored the initializers that carry codes, scales and zero points, by name and path
 * @param pairs the part with fixed ranges as QuantizeLinear and DequantizeLinear, whose values keep
 *     their names
 * @param coded that part as it is written, in another form perhaps: which of its nodes are to run
 *     on codes
 * @param dynamic the part whose activations become codes at every run; empty where there is none
 */
public record QuantizedModel(
    OnnxModel model,
    Prepared prepared,
    ModelPlan plan,
    List<WeightOutcome> weights,
    Map<String, QuantizedWeight> codes,
    Map<String, Tensor> stored,
    QdqModel pairs,
    QdqModel coded,
    Optional<DynamicModel> dynamic) {
  public QuantizedModel {
    weights = List.copyOf(weights);
    codes = Collections.unmodifiableMap(new LinkedHashMap<>(codes));
    stored = Collections.unmodifiableMap(new LinkedHashMap<>(stored));
  }

  /** The model in a form whose values keep their names, so that layers can be compared. */
  public OnnxModel layered() {
    return plan.form() == PlanForm.QOPERATOR ? pairs.model() : model;
  }

  /** Bytes of all weights' data before. */
  public long bytesBefore() {
    return weights.stream().mapToLong(WeightOutcome::bytesBefore).sum();
  }

  /** Bytes of all weights' data after, with scales and zero points. */
  public long bytesAfter() {
    return weights.stream().mapToLong(WeightOutcome::bytesAfter).sum();
  }

  /** What the codes of a weight that was quantized alone stand for, in its own shape and type. */
  public Tensor dequantized(String weight) {
    return dequantized(weight, CodeMemory.heap());
  }

  /** As {@link #dequantized(String)}, in this memory. */
  public Tensor dequantized(String weight, CodeMemory memory) {
    QuantizedWeight quantized = codes.get(weight);
    for (WeightOutcome outcome : weights) {
      if (quantized != null && outcome.plan().name().equals(weight)) {
        return quantized
            .dequantized(outcome.plan().dtype(), memory)
            .reshaped(outcome.plan().shape());
      }
    }
    throw new IllegalArgumentException("no quantized weight '" + weight + "'");
  }
}
