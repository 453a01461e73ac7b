package dev.swage.train;

import dev.swage.clip.Clip;
import dev.swage.clip.ClipGroup;
import dev.swage.clip.GradientClipper;
import dev.swage.clip.NonFinitePolicy;
import dev.swage.clip.NormOrder;
import dev.swage.clip.NormScope;
import dev.swage.clip.ParameterRole;
import dev.swage.clip.ThresholdSchedule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
    all.put("block rms", () -> Clip.byBlockRms(ThresholdSchedule.constant(0.01)));
    all.put("smooth", () -> Clip.smooth(ThresholdSchedule.constant(0.5)));
    all.put("agc", Clip::agc);
    all.put("autoclip", () -> Clip.autoClip(50, 6));
    all.put("median", () -> Clip.median(0.8, 5));
    all.put("zclip", () -> Clip.zClip(0.9, 1, 4, 0.5, 0));
    all.put("adagc", () -> Clip.adaGc(1.05, 1, 0.98, 4));
    all.put("quantile", Clip::quantile);
    all.put("spikes", () -> Clip.spikes(2, 7));
    all.put("chain", () -> Clip.chain(Clip.byValue(0.1), Clip.autoClip(), Clip.spikes(4, 1)));
    all.put(
        "groups",
        () ->
            Clip.groups(
                List.of(ClipGroup.ofRoles("biases", Set.of(ParameterRole.BIAS), Clip.median(1, 4))),
                Clip.zClip(0.9, 1, 4, 0.5, 0)));
    return all;
  }
}
