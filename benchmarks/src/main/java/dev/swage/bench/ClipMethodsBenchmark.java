package dev.swage.bench;

import dev.swage.clip.Clip;
import dev.swage.clip.ClipStep;
import dev.swage.clip.GradientClipper;
import dev.swage.clip.Gradients;
import dev.swage.clip.NormOrder;
import dev.swage.clip.NormScope;
import dev.swage.clip.ThresholdSchedule;
import dev.swage.kernel.Reductions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What deciding costs by each method on 50 million gradients, against the constant global norm and
 * against merely reading them. Adaptive methods are past their warm-up.
 */
final class ClipMethodsBenchmark implements Benchmark {
  private static final double MAX_NORM = 1.0;

  /** Deciding reads the gradients once: this much beyond a plain read is none of a second. */
  private static final double ONE_READ = 1.25;

  private static final double ADAPTIVE = 1.05;
  private static final int READ = 0;
  private static final int CONSTANT = 1;
  private static final int FIRST = 2;

  /** Enough steps for the longest warm-up. */
  private static final int BEGUN = 150;

  @Override
  public String name() {
    return "clip-methods";
  }

  @Override
  public String description() {
    return "deciding by every norm-based and adaptive method, against the constant global norm";
  }

  static Map<String, GradientClipper> normBased() {
    Map<String, GradientClipper> clippers = new LinkedHashMap<>();
    ThresholdSchedule bound = ThresholdSchedule.constant(MAX_NORM);
    clippers.put("Clip.byNorm, each tensor", Clip.byNorm(NormOrder.L2, NormScope.TENSOR, bound));
    clippers.put(
        "Clip.byNorm, largest magnitude", Clip.byNorm(NormOrder.MAX, NormScope.GLOBAL, bound));
    clippers.put("Clip.byBlockRms", Clip.byBlockRms(bound));
    clippers.put("Clip.smooth", Clip.smooth(bound));
    return clippers;
  }

  static Map<String, GradientClipper> adaptive() {
    Map<String, GradientClipper> clippers = new LinkedHashMap<>();
    clippers.put("Clip.autoClip", Clip.autoClip());
    clippers.put("Clip.median", Clip.median());
    clippers.put("Clip.zClip", Clip.zClip());
    clippers.put("Clip.adaGc", Clip.adaGc());
    clippers.put("Clip.quantile", Clip.quantile());
    return clippers;
  }

  @Override
  public Outcome run() {
    try (Arena arena = Arena.ofShared()) {
      return measure(ParameterSet.fiftyMillion(arena), new PairedBenchmark(5, 40), BEGUN);
    }
  }

  Outcome measure(ParameterSet set, PairedBenchmark rounds, int begun) {
    Map<String, GradientClipper> methods = normBased();
    int firstAdaptive = FIRST + methods.size();
    methods.putAll(adaptive());
    Gradients gradients = set.gradients();
    check(set, methods, begun);
    List<MemorySegment> memory = gradients.memory();
    List<Contender> contenders = new ArrayList<>();
    contenders.add(
        Contender.timed(
            "reading: Reductions.sumsOfSquares", () -> Reductions.sumsOfSquares(memory)));
    contenders.add(decides("Clip.byGlobalNorm", Clip.byGlobalNorm(MAX_NORM), gradients));
    methods.forEach((name, clipper) -> contenders.add(decides(name, clipper, gradients)));
    PairedBenchmark.Measured measured = rounds.run(contenders);
    List<Outcome.Pair> pairs = new ArrayList<>();
    List<Claim> claims = new ArrayList<>();
    pairs.add(Outcome.Pair.of(measured, CONSTANT, READ));
    claims.add(claim(measured, CONSTANT, READ, ONE_READ));
    for (int i = FIRST; i < contenders.size(); i++) {
      boolean adapts = i >= firstAdaptive;
      pairs.add(Outcome.Pair.of(measured, i, CONSTANT));
      claims.add(claim(measured, i, adapts ? CONSTANT : READ, adapts ? ADAPTIVE : ONE_READ));
    }
    return new Outcome(
        name(),
        List.of(
            "%,d gradients in %d tensors; reading them takes %.2f ms"
                .formatted(
                    set.elements(), set.shapes().size(), measured.side(READ).millis().median())),
        pairs,
        List.of(),
        claims);
  }

  private static Contender decides(String name, GradientClipper clipper, Gradients gradients) {
    return Contender.timed(name + " decides", () -> clipper.decide(gradients, ClipStep.of(BEGUN)));
  }

  private static Claim claim(
      PairedBenchmark.Measured measured, int ours, int against, double most) {
    return Claim.atMost(
        "%s: times %s".formatted(measured.side(ours).name(), measured.side(against).name()),
        1 / measured.speedup(ours, against).median(),
        most);
  }

  /**
   * Lets every method see some steps, and its norm once more element by element.
   *
   * @throws IllegalStateException if a norm that a method reports is not that of the gradients
   */
  private static void check(ParameterSet set, Map<String, GradientClipper> methods, int begun) {
    Gradients gradients = set.gradients();
    double squares = 0;
    for (MemorySegment tensor : gradients.memory()) {
      for (long at = 0; at < tensor.byteSize(); at += Float.BYTES) {
        double value = tensor.get(dev.swage.tensor.Tensor.LE_FLOAT, at);
        squares += value * value;
      }
    }
    double norm = Math.sqrt(squares);
    methods.forEach((name, clipper) -> {
      for (int step = 0; step < begun; step++) {
        clipper.decide(gradients, ClipStep.of(step));
      }
      var record = clipper.decide(gradients, ClipStep.of(begun)).record();
      boolean global = record.scope().equals("global") && record.order() == 2;
      if (global && !(Math.abs(record.normBefore() / norm - 1) < 1e-9)) {
        throw new IllegalStateException(
            "%s: norm %s, element by element %s".formatted(name, record.normBefore(), norm));
      }
    });
  }
}
