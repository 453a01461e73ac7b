package dev.swage.train;

import dev.swage.clip.Clip;
import dev.swage.clip.GradientClipper;
import dev.swage.clip.NonFinitePolicy;
import dev.swage.clip.NormOrder;
import dev.swage.clip.NormScope;
import dev.swage.clip.ThresholdSchedule;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Every kind of clipper there is, by name, with settings under which it clips in the tests. */
final class Clippers {
  static final Map<String, Supplier<GradientClipper>> ALL = all();

  private Clippers() {}

  private static Map<String, Supplier<GradientClipper>> all() {
    Map<String, Supplier<GradientClipper>> all = new LinkedHashMap<>();
    all.put("none", Clip::none);
    all.put("value", () -> Clip.byValue(0.02));
    all.put("global norm", () -> Clip.byGlobalNorm(0.5));
    all.put(
        "layer norm",
        () -> Clip.byNorm(NormOrder.L1, NormScope.LAYER, ThresholdSchedule.constant(0.5)));
    all.put(
        "tensor norm, scheduled",
        () -> Clip.byNorm(NormOrder.MAX, NormScope.TENSOR, ThresholdSchedule.linear(1, 0.01, 40)));
    all.put("zeroing", () -> Clip.byGlobalNorm(0.5).onNonFinite(NonFinitePolicy.zero()));
    return all;
  }
}
