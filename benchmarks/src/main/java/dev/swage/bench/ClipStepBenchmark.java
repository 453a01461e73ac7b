package dev.swage.bench;

import dev.swage.clip.Clip;
import dev.swage.clip.ClipDecision;
import dev.swage.clip.ClipStep;
import dev.swage.clip.GradientClipper;
import dev.swage.clip.Gradients;
import dev.swage.range.RangeControls;
import dev.swage.range.RangeKeeper;
import dev.swage.range.WeightClip;
import dev.swage.train.AdamW;
import dev.swage.train.Optimizer;
import dev.swage.train.Parameter;
import dev.swage.train.Sgd;
import dev.swage.train.torch.lib.TorchRuntime;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * Clipping by the global norm, then an optimizer step, on 50 million parameters: ours against
 * libtorch's {@code clip_grad_norm_} and optimizer, in one JVM and on the same parameters and
 * gradients. Both sides clip in every round: the gradients, which libtorch scales in place, are
 * restored before either.
 *
 * @param name name on the command line
 * @param optimizer our update rule
 * @param peer libtorch's, over the same memory
 * @param bytesPerParameter what must move: the norm reads a gradient (4 bytes); the step reads
 *     parameter, gradient and state, and writes parameter and state
 */
record ClipStepBenchmark(
    String name,
    Optimizer optimizer,
    Function<ParameterSet, LibtorchPeer> peer,
    int bytesPerParameter)
    implements Benchmark {
  private static final double ADAM_RATE = 1e-3;
  private static final double SGD_RATE = 0.1;
  private static final double DECAY = 0.01;
  private static final double MAX_NORM = 1.0;

  /** libtorch folds constants otherwise: some units in the last place. */
  private static final double TOLERANCE = 1e-6;

  /** What sums of 12 million float32 squares in float32 may lose. */
  private static final double NORM_TOLERANCE = 1e-3;

  static ClipStepBenchmark adamW() {
    return new ClipStepBenchmark(
        "clip-adamw",
        AdamW.of(ADAM_RATE).withWeightDecay(DECAY),
        set -> LibtorchPeer.adamW(set, ADAM_RATE, DECAY),
        4 + 16 + 12);
  }

  static ClipStepBenchmark momentumSgd() {
    return new ClipStepBenchmark(
        "clip-sgd-momentum",
        Sgd.of(SGD_RATE).withMomentum(0.9),
        set -> LibtorchPeer.sgd(set, SGD_RATE, 0.9),
        4 + 12 + 8);
  }

  static ClipStepBenchmark plainSgd() {
    return new ClipStepBenchmark(
        "clip-sgd", Sgd.of(SGD_RATE), set -> LibtorchPeer.sgd(set, SGD_RATE, 0), 4 + 8 + 4);
  }

  @Override
  public String description() {
    return "clip by global norm and %s step on 50 M parameters, against libtorch's own"
        .formatted(rule());
  }

  private String rule() {
    String described = optimizer.describe();
    return described.substring(0, described.indexOf('('));
  }

  @Override
  public Outcome run() {
    TorchRuntime.require();
    try (Arena arena = Arena.ofShared()) {
      ParameterSet set = ParameterSet.fiftyMillion(arena);
      String agreement = check(set);
      return measure(arena, set, agreement);
    }
  }

  private Outcome measure(Arena arena, ParameterSet set, String agreement) {
    MemorySegment savedGradients = copy(arena, set.gradientBlock());
    Gradients gradients = set.gradients();
    GradientClipper clipper = Clip.byGlobalNorm(MAX_NORM);
    CopyBandwidth copy = new CopyBandwidth(arena, 512L << 20);
    double rate = optimizer.learningRate();
    List<MemorySegment> weights = set.parameters().stream().map(Parameter::data).toList();
    float[] unlimited = new float[weights.size()];
    Arrays.fill(unlimited, Float.POSITIVE_INFINITY);
    AtomicLong steps = new AtomicLong();
    RangeKeeper ranges =
        new RangeKeeper(
            RangeControls.of(WeightClip.sigma(3)),
            set.parameters().stream().map(Parameter::info).toList(),
            Set.of());
    Runnable restore = () -> set.gradientBlock().copyFrom(savedGradients);
    try (Optimizer.Stepper stepper = optimizer.start(set.parameters());
        LibtorchPeer libtorch = peer.apply(set)) {
      List<Contender> contenders = new ArrayList<>();
      contenders.add(
          Contender.timed(
              "Swage: Clip.byGlobalNorm + step",
              restore,
              () -> {
                stepper.limitParameters(unlimited);
                stepper.step(gradients, clipper.decide(gradients, ClipStep.of(0)), rate);
              }));
      contenders.add(
          Contender.timed(
              "Swage: Clip.byGlobalNorm + step + weight clip 3 sigma",
              restore,
              () -> {
                stepper.limitParameters(ranges.limits(weights, steps.getAndIncrement()));
                stepper.step(gradients, clipper.decide(gradients, ClipStep.of(0)), rate);
              }));
      contenders.add(
          Contender.timed(
              "libtorch: clip_grad_norm_ + step", restore, () -> libtorch.clipAndStep(MAX_NORM)));
      contenders.addAll(copy.contenders());
      PairedBenchmark.Measured measured = new PairedBenchmark(4, 25).run(contenders);
      int copier = measured.fastest(3, 4, 5);
      double bytesPerMilli = copy.bytesMoved() / measured.side(copier).millis().median();
      double bytes = (double) set.elements() * bytesPerParameter;
      double share = measured.speedup(0, copier).median() * bytes / copy.bytesMoved();
      return new Outcome(
          name,
          List.of(
              "%,d parameters in %d tensors; %s"
                  .formatted(set.elements(), set.shapes().size(), optimizer.describe()),
              TorchRuntime.describe() + "; " + agreement,
              "copy bandwidth %.1f GB/s (read + write): %d bytes a parameter take at least %.1f ms"
                  .formatted(bytesPerMilli / 1e6, bytesPerParameter, bytes / bytesPerMilli)),
          List.of(
              Outcome.Pair.of(measured, 0, 2),
              Outcome.Pair.of(measured, 0, copier),
              Outcome.Pair.of(measured, 1, 0)),
          List.of(),
          List.of(
              Claim.atLeast("times as fast as libtorch", measured.speedup(0, 2).median(), 1.5),
              Claim.atLeast("share of what the memory allows", share, 0.7),
              Claim.atMost(
                  "times as long with a weight clip of 3 sigma",
                  1 / measured.speedup(1, 0).median(),
                  1.03)));
    }
  }

  /**
   * Three steps of each side from the same start must give the same parameters. libtorch sums the
   * norm in float32, and Adam passes on that error where a gradient is about epsilon: so that the
   * steps can be compared, libtorch clips by our coefficient, and the norms are compared apart.
   *
   * @return what was found, in words
   * @throws IllegalStateException if they are not the same
   */
  String check(ParameterSet set) {
    try (Arena scratch = Arena.ofShared()) {
      MemorySegment savedGradients = copy(scratch, set.gradientBlock());
      MemorySegment start = copy(scratch, set.parameterBlock());
      Gradients gradients = set.gradients();
      ClipDecision decision = Clip.byGlobalNorm(MAX_NORM).decide(gradients, ClipStep.of(0));
      try (Optimizer.Stepper stepper = optimizer.start(set.parameters())) {
        for (int step = 0; step < 3; step++) {
          stepper.step(gradients, decision, optimizer.learningRate());
        }
      }
      MemorySegment ours = copy(scratch, set.parameterBlock());
      set.parameterBlock().copyFrom(start);
      double norm = decision.record().normBefore();
      double libtorchNorm;
      try (LibtorchPeer libtorch = peer.apply(set)) {
        libtorchNorm = libtorch.norm();
        for (int step = 0; step < 3; step++) {
          set.gradientBlock().copyFrom(savedGradients);
          libtorch.scaleAndStep(decision.record().coefficient());
        }
      }
      set.gradientBlock().copyFrom(savedGradients);
      double moved = Agreement.largestRelativeDifference(start, ours);
      double difference = Agreement.largestRelativeDifference(ours, set.parameterBlock());
      double normDifference = Math.abs(libtorchNorm / norm - 1);
      require("parameters after 3 steps", difference, TOLERANCE);
      require("norms", normDifference, NORM_TOLERANCE);
      if (!(moved > 1e-4)) {
        throw new IllegalStateException(
            "%s: 3 steps moved no parameter by more than %.3g".formatted(name, moved));
      }
      return "3 steps agree with libtorch's within %.1e, its float32 norm within %.1e"
          .formatted(difference, normDifference);
    }
  }

  private void require(String what, double difference, double allowed) {
    if (!(difference <= allowed)) {
      throw new IllegalStateException(
          "%s: %s differ from libtorch's by %.3g relative, allowed %.0e"
              .formatted(name, what, difference, allowed));
    }
  }

  private static MemorySegment copy(Arena arena, MemorySegment block) {
    return arena.allocate(block.byteSize(), 64).copyFrom(block);
  }
}
