package dev.swage.compress;

import dev.swage.compress.WeightDecision.Quantize;
import dev.swage.compress.prepare.Prepared;
import dev.swage.onnx.OnnxModel;
import dev.swage.quant.QuantizedTensor;
import dev.swage.quant.Quantizer;
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
 * @param codes the quantizer's result for each quantized weight by name, in its stored layout
 * @param stored the initializers that carry codes, scales and zero points, by their name
 */
public record QuantizedModel(
    OnnxModel model,
    Prepared prepared,
    List<WeightOutcome> weights,
    Map<String, QuantizedTensor> codes,
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
    for (WeightOutcome outcome : weights) {
      if (outcome.plan().name().equals(weight)
          && outcome.plan().decision() instanceof Quantize quantize) {
        return WeightLayout.fromStored(
            Quantizer.dequantize(codeOf(weight)), quantize.form(), outcome.plan().shape());
      }
    }
    throw new IllegalArgumentException("no quantized weight '" + weight + "'");
  }

  private QuantizedTensor codeOf(String weight) {
    QuantizedTensor code = codes.get(weight);
    if (code == null) {
      throw new IllegalArgumentException("no codes for weight '" + weight + "'");
    }
    return code;
  }
}
