package dev.swage.compress;

import dev.swage.graph.Prepared;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A rewritten model and the account of every weight.
 *
 * @param model the model with codes in place of weights
 * @param prepared what was quantized: the source with what was done to it first
 * @param weights every floating-point weight of the prepared model, in its order
 * @param codes the quantizer's result for each quantized weight by name, in the layout of the
 *     weight itself
 * @param stored the initializers that carry codes, scales and zero points, by their name
 */
public record QuantizedModel(
    OnnxModel model,
    Prepared prepared,
    List<WeightOutcome> weights,
    Map<String, QuantizedWeight> codes,
    Map<String, Tensor> stored) {
  public QuantizedModel {
    weights = List.copyOf(weights);
    codes = Collections.unmodifiableMap(new LinkedHashMap<>(codes));
    stored = Collections.unmodifiableMap(new LinkedHashMap<>(stored));
  }

  /** The plan that was carried out. */
  public QuantPlan plan() {
    return new QuantPlan(weights.stream().map(WeightOutcome::plan).toList());
  }

  /** Bytes of all weights' data before. */
  public long bytesBefore() {
    return weights.stream().mapToLong(WeightOutcome::bytesBefore).sum();
  }

  /** Bytes of all weights' data after, with scales and zero points. */
  public long bytesAfter() {
    return weights.stream().mapToLong(WeightOutcome::bytesAfter).sum();
  }

  /** What a quantized weight's codes stand for, in the weight's own shape. */
  public Tensor dequantized(String weight) {
    return dequantized(weight, CodeMemory.heap());
  }

  Tensor dequantized(String weight, CodeMemory memory) {
    QuantizedWeight quantized = codes.get(weight);
    for (WeightOutcome outcome : weights) {
      if (quantized != null && outcome.plan().name().equals(weight)) {
        return quantized.dequantized(memory).reshaped(outcome.plan().shape());
      }
    }
    throw new IllegalArgumentException("no quantized weight '" + weight + "'");
  }
}
