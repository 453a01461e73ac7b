package dev.swage.bench;

import dev.swage.clip.Clip;
import dev.swage.clip.ClipDecision;
import dev.swage.clip.ClipStep;
import dev.swage.clip.GradientClipper;
import dev.swage.clip.Gradients;
import dev.swage.tensor.Tensor;
import dev.swage.train.AdamW;
import dev.swage.train.Optimizer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * SPAM's limit on every element inside AdamW's pass, against AdamW without: both on 50 million
 * parameters, and both after deciding, which reads the gradients for their norm. One element in
 * 10,000 is a spike, in every round another one.
 */
final class ClipSpikesBenchmark implements Benchmark {
  private static final double RATE = 1e-6;
  private static final int EVERY = 10_000;
  private static final float SPIKE = 1000;

  /** SPAM's own factor. */
  private static final double FACTOR = 5000;

  @Override
  public String name() {
    return "clip-spikes";
  }

  @Override
  public String description() {
    return "AdamW that limits spikes in its own pass, against plain AdamW";
  }

  @Override
  public Outcome run() {
    try (Arena arena = Arena.ofShared()) {
      return measure(arena, ParameterSet.fiftyMillion(arena), new PairedBenchmark(10, 40));
    }
  }

  Outcome measure(Arena arena, ParameterSet set, PairedBenchmark rounds) {
    Gradients gradients = set.gradients();
    ClipStep now = ClipStep.of(1);
    GradientClipper spikes = Clip.spikes(FACTOR, 1);
    spikes.decide(gradients, ClipStep.of(0));
    GradientClipper none = Clip.none();
    Optimizer adamW = AdamW.of(RATE);
    try (Optimizer.Stepper limited = adamW.start(set.parameters());
        Optimizer.Stepper plain = adamW.start(set.parameters())) {
      limited.step(gradients, none.decide(gradients, now), RATE);
      plain.step(gradients, none.decide(gradients, now), RATE);
      MemorySegment saved =
          arena.allocate(set.gradientBlock().byteSize(), 64).copyFrom(set.gradientBlock());
      SplittableRandom random = new SplittableRandom(3);
      Runnable spike =
          () -> {
            set.gradientBlock().copyFrom(saved);
            addSpikes(set, random);
          };
      int spiked = addSpikes(set, random);
      check(set, limited, plain, spikes.decide(gradients, now), none.decide(gradients, now));
      PairedBenchmark.Measured measured =
          rounds.run(
              List.of(
                  Contender.timed(
                      "Swage: Clip.spikes + AdamW",
                      spike,
                      () -> limited.step(gradients, spikes.decide(gradients, now), RATE)),
                  Contender.timed(
                      "Swage: Clip.none + AdamW",
                      spike,
                      () -> plain.step(gradients, none.decide(gradients, now), RATE))));
      return new Outcome(
          name(),
          List.of(
              "%,d parameters in %d tensors; %,d spikes of %.0f times their size in each step"
                  .formatted(set.elements(), set.shapes().size(), spiked, SPIKE)),
          List.of(Outcome.Pair.of(measured, 0, 1)),
          List.of(),
          List.of(Claim.atMost("times plain AdamW", 1 / measured.speedup(0, 1).median(), 1.1)));
    }
  }

  private static int addSpikes(ParameterSet set, SplittableRandom random) {
    MemorySegment block = set.gradientBlock();
    long elements = block.byteSize() / Float.BYTES;
    int spiked = 0;
    for (long i = random.nextInt(EVERY); i < elements; i += 1 + random.nextInt(2 * EVERY)) {
      block.setAtIndex(Tensor.LE_FLOAT, i, block.getAtIndex(Tensor.LE_FLOAT, i) * SPIKE);
      spiked++;
    }
    return spiked;
  }

  /**
   * The first moments after a step of each, element by element.
   *
   * @throws IllegalStateException if limiting did not happen exactly where it should
   */
  private static void check(
      ParameterSet set,
      Optimizer.Stepper limited,
      Optimizer.Stepper plain,
      ClipDecision spikes,
      ClipDecision none) {
    String name = set.gradients().get(0).name();
    MemorySegment g = set.gradients().get(0).data();
    float[] mean = state(limited, "exp_avg/" + name);
    float[] square = state(limited, "exp_avg_sq/" + name);
    limited.step(set.gradients(), spikes, RATE);
    plain.step(set.gradients(), none, RATE);
    float[] got = state(limited, "exp_avg/" + name);
    for (int i = 0; i < mean.length; i++) {
      double gradient = g.getAtIndex(Tensor.LE_FLOAT, i);
      double limit = Math.sqrt(FACTOR * square[i]);
      double kept =
          limit > 0 && Math.abs(gradient) > limit ? Math.copySign(limit, gradient) : gradient;
      double expected = mean[i] + 0.1 * (kept - mean[i]);
      if (!(Math.abs(got[i] - expected) <= 1e-5 * Math.abs(kept) + 1e-7 * Math.abs(mean[i]))) {
        throw new IllegalStateException(
            "clip-spikes: first moment %d is %s, expected %s".formatted(i, got[i], expected));
      }
    }
  }

  private static float[] state(Optimizer.Stepper stepper, String name) {
    return Objects.requireNonNull(stepper.state().get(name), name).toArray(Tensor.LE_FLOAT);
  }
}
