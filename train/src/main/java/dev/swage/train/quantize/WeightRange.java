package dev.swage.train.quantize;

import dev.swage.quant.QuantParams;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.Quantizer;
import dev.swage.quant.RangeEstimator;
import dev.swage.tensor.Tensor;

/** Scales from a weight's own elements, as its min-max range gives them. */
public final class WeightRange {
  private WeightRange() {}

  /**
   * @param weight in the shape in which its elements share scales
   * @throws IllegalArgumentException if an element is NaN or infinite
   */
  public static QuantParams of(Tensor weight, QuantScheme scheme) {
    return Quantizer.quantize(weight, scheme, RangeEstimator.minMax()).params();
  }
}
