package dev.swage.compress.dynamic;

import dev.swage.compress.plan.WeightForm;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.weights.WeightRounding;
import dev.swage.quant.QuantParams;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.QuantizedTensor;
import dev.swage.quant.Quantizer;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/** Codes of weights on the heap, before they are laid out for an operator. */
final class CodedWeight {
  private CodedWeight() {}

  /**
   * The codes of a slot, in the layout of its form.
   *
   * @throws IllegalArgumentException if an element is not finite
   */
  static QuantizedTensor of(Tensor weight, WeightSlot slot) {
    Tensor own =
        slot.form() == WeightForm.STACKED
            ? weight.reshaped(
                Shape.of(weight.shape().dim(0) * weight.shape().dim(1), weight.shape().dim(2)))
            : weight;
    QuantScheme scheme = slot.scheme();
    QuantizedTensor fitted = Quantizer.quantize(own, scheme, slot.range());
    if (!scheme.storage().isSigned() && scheme.symmetric()) {
      // A channel of zeros has zero point 0 by rule; kernels want the same for all.
      int[] middle = new int[fitted.params().zeroPoints().length];
      Arrays.fill(middle, scheme.qmax() / 2);
      QuantParams params =
          new QuantParams(fitted.params().shape(), fitted.params().scales(), middle);
      fitted = Quantizer.encode(own, scheme, params);
    }
    return WeightRounding.of(slot.rounding()).round(own, fitted, Optional.empty()).orElse(fitted);
  }
}
