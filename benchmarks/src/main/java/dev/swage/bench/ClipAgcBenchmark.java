package dev.swage.bench;

import dev.swage.clip.Clip;
import dev.swage.clip.ClipDecision;
import dev.swage.clip.ClipStep;
import dev.swage.clip.GradientClipper;
import dev.swage.clip.Gradients;
import dev.swage.clip.ThresholdSchedule;
import dev.swage.train.Optimizer;
import dev.swage.train.Sgd;
import dev.swage.train.torch.lib.TorchRuntime;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Adaptive gradient clipping of ResNet-50's parameters, unit by unit, against libtorch's {@code
 * clip_grad_norm_}, which looks at one norm of the same gradients. Libtorch scales the gradients in
 * place; we decide, and the optimizer scales while it updates: what that adds to the update counts
 * as ours.
 */
final class ClipAgcBenchmark implements Benchmark {
  /** About half of the units exceed it. */
  private static final double LAMBDA = 0.05;

  private static final double RATE = 0.1;
  private static final double MAX_NORM = 1.0;
  private static final int DECIDE = 0;
  private static final int LIBTORCH = 1;
  private static final int GLOBAL = 2;
  private static final int STEP_BY_UNIT = 3;
  private static final int STEP = 4;

  @Override
  public String name() {
    return "clip-agc";
  }

  @Override
  public String description() {
    return "adaptive gradient clipping of ResNet-50's units, against libtorch's clip_grad_norm_";
  }

  @Override
  public Outcome run() {
    TorchRuntime.require();
    try (Arena arena = Arena.ofShared()) {
      return measure(arena, ParameterSet.resNet50(arena));
    }
  }

  private Outcome measure(Arena arena, ParameterSet set) {
    MemorySegment saved =
        arena.allocate(set.gradientBlock().byteSize(), 64).copyFrom(set.gradientBlock());
    Runnable restore = () -> set.gradientBlock().copyFrom(saved);
    Gradients gradients = set.gradients();
    GradientClipper agc = agc();
    GradientClipper global = Clip.byGlobalNorm(MAX_NORM);
    ClipStep first = ClipStep.of(0);
    ClipDecision byUnit = agc.decide(gradients, first);
    ClipDecision keep = Clip.none().decide(gradients, first);
    double clipped = check(set, byUnit);
    try (Optimizer.Stepper stepper = Sgd.of(RATE).withMomentum(0.9).start(set.parameters());
        LibtorchPeer libtorch = LibtorchPeer.sgd(set, RATE, 0.9)) {
      PairedBenchmark.Measured measured =
          new PairedBenchmark(20, 40)
              .run(
                  List.of(
                      Contender.timed(
                          "Swage: Clip.agc decides", restore, () -> agc.decide(gradients, first)),
                      Contender.timed(
                          "libtorch: clip_grad_norm_", restore, () -> libtorch.clip(MAX_NORM)),
                      Contender.timed(
                          "Swage: Clip.byGlobalNorm decides",
                          restore,
                          () -> global.decide(gradients, first)),
                      Contender.timed(
                          "Swage: step with momentum, units scaled",
                          restore,
                          () -> stepper.step(gradients, byUnit, 1e-6)),
                      Contender.timed(
                          "Swage: step with momentum",
                          restore,
                          () -> stepper.step(gradients, keep, 1e-6))));
      return outcome(set, measured, clipped);
    }
  }

  static GradientClipper agc() {
    return Clip.agc(ThresholdSchedule.constant(LAMBDA), 1e-3, false);
  }

  private Outcome outcome(ParameterSet set, PairedBenchmark.Measured measured, double clipped) {
    Series whole = whole(measured);
    Series faster =
        Series.of(
            IntStream.range(0, whole.values().size())
                .mapToObj(
                    i -> measured.side(LIBTORCH).millis().values().get(i) / whole.values().get(i))
                .toList());
    return new Outcome(
        name(),
        List.of(
            "%,d parameters in %d tensors, %.0f %% of the clipped tensors' units beyond their bound"
                .formatted(set.elements(), set.shapes().size(), 100 * clipped),
            "deciding and what scaling units adds to the step: %.2f ms".formatted(whole.median()),
            TorchRuntime.describe()),
        List.of(
            Outcome.Pair.of(measured, DECIDE, LIBTORCH),
            Outcome.Pair.of(measured, DECIDE, GLOBAL),
            Outcome.Pair.of(measured, STEP_BY_UNIT, STEP)),
        List.of(),
        List.of(
            Claim.atLeast("times as fast as libtorch's global norm", faster.median(), 1),
            Claim.atMost(
                "times the global norm's read (gradients and weights are two)",
                1 / measured.speedup(DECIDE, GLOBAL).median(),
                2.5)));
  }

  /** What clipping by units costs in each round: deciding, and what it adds to the step. */
  private static Series whole(PairedBenchmark.Measured measured) {
    List<Double> decide = measured.side(DECIDE).millis().values();
    List<Double> scaled = measured.side(STEP_BY_UNIT).millis().values();
    List<Double> step = measured.side(STEP).millis().values();
    return Series.of(
        IntStream.range(0, decide.size())
            .mapToObj(i -> decide.get(i) + Math.max(0, scaled.get(i) - step.get(i)))
            .toList());
  }

  /**
   * Every unit's norm once more, element by element.
   *
   * @return the share of units beyond their bound
   * @throws IllegalStateException if the decision's norm after clipping differs
   */
  static double check(ParameterSet set, ClipDecision decision) {
    double after = 0;
    long units = 0;
    long clipped = 0;
    for (Gradients.Entry entry : set.gradients().entries()) {
      long count = entry.parameter().head() ? 1 : entry.parameter().units().units();
      long size = entry.data().byteSize() / count;
      for (long unit = 0; unit < count; unit++) {
        double gradient = squares(entry.data().asSlice(unit * size, size));
        double weight = squares(entry.weight().asSlice(unit * size, size));
        double bound = LAMBDA * Math.max(Math.sqrt(weight), 1e-3);
        boolean beyond = !entry.parameter().head() && gradient > bound * bound;
        after += beyond ? bound * bound : gradient;
        units += entry.parameter().head() ? 0 : 1;
        clipped += beyond ? 1 : 0;
      }
    }
    double difference = Math.abs(decision.record().normAfter() / Math.sqrt(after) - 1);
    if (!(difference < 1e-6)) {
      throw new IllegalStateException(
          "clip-agc: norm after clipping %s, unit by unit %s"
              .formatted(decision.record().normAfter(), Math.sqrt(after)));
    }
    return (double) clipped / units;
  }

  private static double squares(MemorySegment x) {
    double sum = 0;
    for (long at = 0; at < x.byteSize(); at += Float.BYTES) {
      double value = x.get(dev.swage.tensor.Tensor.LE_FLOAT, at);
      sum += value * value;
    }
    return sum;
  }
}
