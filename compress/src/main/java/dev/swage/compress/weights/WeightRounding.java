package dev.swage.compress.weights;

import dev.swage.compress.plan.Rounding;
import dev.swage.quant.QuantizedTensor;
import dev.swage.quant.range.ActivationStatistics;
import dev.swage.tensor.Tensor;
import java.util.Optional;

/**
 * Rounds the elements of a weight to codes, once its scales are known. Implementations are
 * stateless and safe for use by several threads.
 */
@FunctionalInterface
public interface WeightRounding {
  /**
   * The codes of some rows of a weight.
   *
   * @param weight float32, in the layout it is quantized in; whole rows of its first axis, which
   *     share no scale with other rows unless all rows are here
   * @param nearest its scales and zero points, and its codes rounded to the nearest, half to even
   * @param input what calibration knows of what the weight is multiplied by; empty where nothing
   *     was observed
   * @return codes with the same scales and zero points; empty where the nearest codes stay
   */
  Optional<QuantizedTensor> round(
      Tensor weight, QuantizedTensor nearest, Optional<ActivationStatistics> input);

  /** The rounding that a plan names. */
  static WeightRounding of(Rounding rounding) {
    return switch (rounding) {
      case NEAREST -> (weight, nearest, input) -> Optional.empty();
      case BALANCED ->
          (weight, nearest, input) -> Optional.of(RowRounding.balanced(weight, nearest));
      case DIFFUSED ->
          (weight, nearest, input) -> Optional.of(RowRounding.diffused(weight, nearest));
    };
  }
}
