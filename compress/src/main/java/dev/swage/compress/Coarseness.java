package dev.swage.compress;

import dev.swage.compress.WeightDecision.Quantize;
import dev.swage.quant.Granularity;
import dev.swage.tensor.Shape;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which weights need more scales than one per channel, seen by what their codes lose. */
final class Coarseness {
  /** What the weights of a recurrence lose comes back at every step: they are to lose half. */
  private static final double RECURRENT_DB = 6;

  private Coarseness() {}

  /** Keys of the weights that need groups; none unless the grouping is adaptive. */
  static Set<String> of(QuantizedModel quantized, WeightOptions options) {
    Set<String> coarse = new HashSet<>();
    if (!(options.grouping() instanceof WeightGrouping.Adaptive)) {
      return coarse;
    }
    Map<String, Weight> weights = new HashMap<>();
    Weight.of(quantized.prepared().model().graph()).forEach(w -> weights.put(w.key(), w));
    for (WeightOutcome outcome : quantized.weights()) {
      Weight weight = weights.get(outcome.plan().name());
      if (weight != null
          && outcome.sqnrDb().isPresent()
          && outcome.plan().decision() instanceof Quantize how
          && isCoarse(weight, how, outcome.sqnrDb().getAsDouble(), options)) {
        coarse.add(weight.key());
      }
    }
    return coarse;
  }

  /** Whether a weight with these codes, per channel, needs groups, and is wide enough for them. */
  static boolean isCoarse(Weight weight, Quantize how, double sqnrDb, WeightOptions options) {
    if (!(options.grouping() instanceof WeightGrouping.Adaptive adaptive)
        || !(how.scheme().granularity() instanceof Granularity.PerChannel(int axis))) {
      return false;
    }
    Shape shape = weight.tensor().shape();
    long channels =
        how.form() == WeightForm.STACKED ? shape.dim(0) * shape.dim(1) : channels(shape, how, axis);
    double found = isRecurrent(weight) ? sqnrDb - RECURRENT_DB : sqnrDb;
    return shape.elements() / channels > adaptive.group()
        && adaptive.isTooCoarse(found, options.bits());
  }

  private static boolean isRecurrent(Weight weight) {
    return weight.uses().stream()
        .map(use -> WeightRole.of(use.node(), use.index()))
        .flatMap(Optional::stream)
        .anyMatch(role -> role == WeightRole.RECURRENT);
  }

  private static long channels(Shape shape, Quantize how, int axis) {
    return shape.dim(how.form() == WeightForm.TRANSPOSED ? 1 - axis : axis);
  }
}
