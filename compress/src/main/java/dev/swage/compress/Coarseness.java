package dev.swage.compress;

import dev.swage.compress.WeightDecision.Quantize;
import dev.swage.quant.Granularity;
import dev.swage.tensor.Shape;
import java.util.HashSet;
import java.util.Set;

/** Which weights need more scales than one per channel, seen by what their codes lose. */
final class Coarseness {
  private Coarseness() {}

  /** Keys of the weights that need groups; none unless the grouping is adaptive. */
  static Set<String> of(QuantizedModel quantized, WeightOptions options) {
    Set<String> coarse = new HashSet<>();
    for (WeightOutcome outcome : quantized.weights()) {
      if (outcome.sqnrDb().isPresent()
          && outcome.plan().decision() instanceof Quantize how
          && isCoarse(outcome.plan().shape(), how, outcome.sqnrDb().getAsDouble(), options)) {
        coarse.add(outcome.plan().name());
      }
    }
    return coarse;
  }

  /** Whether a weight with these codes, per channel, needs groups, and is wide enough for them. */
  static boolean isCoarse(Shape shape, Quantize how, double sqnrDb, WeightOptions options) {
    if (!(options.grouping() instanceof WeightGrouping.Adaptive adaptive)
        || !(how.scheme().granularity() instanceof Granularity.PerChannel(int axis))) {
      return false;
    }
    long channels =
        how.form() == WeightForm.STACKED ? shape.dim(0) * shape.dim(1) : channels(shape, how, axis);
    return shape.elements() / channels > adaptive.group()
        && adaptive.isTooCoarse(sqnrDb, options.bits());
  }

  private static long channels(Shape shape, Quantize how, int axis) {
    return shape.dim(how.form() == WeightForm.TRANSPOSED ? 1 - axis : axis);
  }
}
