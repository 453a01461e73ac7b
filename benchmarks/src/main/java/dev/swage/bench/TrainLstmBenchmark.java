package dev.swage.bench;

import dev.swage.clip.Clip;
import dev.swage.train.AdamW;
import dev.swage.train.Loss;
import dev.swage.train.Trainer;
import dev.swage.train.TrainingRun;
import dev.swage.train.torch.lib.TorchRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * The training step of a character LSTM: our trainer; libtorch as it comes, through the same
 * binding in a process of its own; and the same libtorch code in this process, where our settings
 * of the C library are in force. Clipping's share is the time our clipper takes before the
 * optimizer's pass, which applies its decision without a further read.
 */
final class TrainLstmBenchmark implements Benchmark {
  static final double RATE = 3e-3;
  static final double WEIGHT_DECAY = 0.01;
  static final double MAX_NORM = 1;

  private static final int BATCH = 32;
  private static final int STEPS = 8;
  private static final int SEQUENCES = BATCH * STEPS;
  private static final long SEED = 1;
  private static final double LEARNT = 1.5; // guessing costs ln 65 = 4.2, knowing the usual 0.8
  private static final PairedBenchmark ROUNDS = new PairedBenchmark(5, 25);

  @Override
  public String name() {
    return "train-lstm";
  }

  @Override
  public String description() {
    return "training a character LSTM 1x256, 64 steps, batch 32, against untuned libtorch";
  }

  @Override
  public Outcome run() {
    TorchRuntime.require();
    try (Arena arena = Arena.ofShared()) {
      return measure(CharacterSamples.generate(arena, SEQUENCES, SEED));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Outcome measure(CharacterSamples samples) throws IOException {
    int threads = TorchRuntime.threads();
    TimedClipper clipper = new TimedClipper(Clip.byGlobalNorm(MAX_NORM));
    SwageTraining swage = new SwageTraining(trainer(clipper), samples);
    List<Double> shares = new ArrayList<>();
    TorchCharacterTraining tuned = new TorchCharacterTraining(samples, BATCH);
    try (TorchCharacterPeer untuned = new TorchCharacterPeer(SEQUENCES, SEED, BATCH, threads)) {
      PairedBenchmark.Measured measured =
          ROUNDS.run(
              List.of(
                  new Contender(
                      "Swage: Trainer",
                      () -> {},
                      () -> {
                        long nanos = swage.train(STEPS);
                        shares.add((double) clipper.takeNanos() / nanos);
                        return nanos;
                      }),
                  new Contender("libtorch as it comes", () -> {}, () -> untuned.train(STEPS)),
                  new Contender(
                      "libtorch with Swage's settings", () -> {}, () -> tuned.train(STEPS))));
      TrainingRun run = swage.finish();
      requireLearnt("Swage", run.evaluate(samples).loss());
      requireLearnt("libtorch", untuned.loss());
      requireSameNet(run.plan().parameters(), tuned.parameters());
      List<Double> counted = shares.subList(ROUNDS.warmup(), shares.size());
      return new Outcome(
          name(),
          List.of(
              "a round is %d steps of %d sequences of %d characters, AdamW, global norm %s, %d threads, %,d parameters"
                  .formatted(
                      STEPS, BATCH, CharacterSamples.STEPS, MAX_NORM, threads, tuned.parameters()),
              TorchRuntime.describe() + "; as it comes: " + untuned.runtime(),
              "all sides get below a loss of " + LEARNT + " on what they learn"),
          List.of(Outcome.Pair.of(measured, 0, 1), Outcome.Pair.of(measured, 0, 2)),
          List.of(new Outcome.Trace("share of clipping in a step", counted)),
          List.of(
              Claim.atLeast("times untuned libtorch", measured.speedup(0, 1).median(), 1.3),
              Claim.atMost("share of clipping in a step", Series.of(counted).median(), 0.02)));
    }
  }

  private static Trainer trainer(TimedClipper clipper) {
    return Trainer.of(CharacterNet.build())
        .loss(Loss.sequenceCrossEntropy())
        .optimizer(AdamW.of(RATE).withWeightDecay(WEIGHT_DECAY))
        .clip(clipper)
        .batchSize(BATCH)
        .epochs(ROUNDS.warmup() + ROUNDS.rounds())
        .seed(1);
  }

  private static void requireLearnt(String side, double loss) {
    if (!(loss <= LEARNT)) {
      throw new IllegalStateException(
          "%s has a loss of %.3f on what it learns, expected at most %s"
              .formatted(side, loss, LEARNT));
    }
  }

  private static void requireSameNet(long ours, long theirs) {
    if (ours != theirs) {
      throw new IllegalStateException(
          "Swage trains %d parameters, libtorch %d".formatted(ours, theirs));
    }
  }
}
