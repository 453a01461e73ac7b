package dev.swage.bench;

import dev.swage.data.DataSource;
import dev.swage.train.AdamW;
import dev.swage.train.Loss;
import dev.swage.train.Trainer;
import dev.swage.train.TrainingRun;
import dev.swage.train.torch.lib.TorchRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The training step of ResNet-20: our trainer, and DJL's PyTorch engine in a process of its own, as
 * it comes and with our settings of the C library in its environment.
 */
final class TrainResnetBenchmark implements Benchmark {
  private static final int BATCH = 64;
  private static final int STEPS = 4;
  private static final int SAMPLES = BATCH * STEPS;
  private static final double RATE = 1e-3;
  private static final PairedBenchmark ROUNDS = new PairedBenchmark(2, 15);

  @Override
  public String name() {
    return "train-resnet";
  }

  @Override
  public String description() {
    return "training ResNet-20 on 3x32x32 images, batch 64, AdamW, against DJL's PyTorch engine";
  }

  @Override
  public Outcome run() {
    TorchRuntime.require();
    try (Arena arena = Arena.ofShared()) {
      ImageSamples samples = ImageSamples.generate(arena, ResidualNet.IMAGE, SAMPLES, 1);
      Path file = Files.createTempFile("swage-bench-", ".samples");
      try {
        samples.writeTo(file);
        return measure(samples.source(), file);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Outcome measure(DataSource data, Path file) throws IOException {
    int threads = TorchRuntime.threads();
    SwageTraining swage = new SwageTraining(trainer(), data);
    try (DjlPeer djl = new DjlPeer("resnet20", file, BATCH, threads, Map.of());
        DjlPeer tuned = new DjlPeer("resnet20", file, BATCH, threads, DjlPeer.TUNED)) {
      PairedBenchmark.Measured measured =
          ROUNDS.run(
              List.of(
                  new Contender("Swage: Trainer", () -> {}, () -> swage.train(STEPS)),
                  new Contender("DJL: EasyTrain", () -> {}, () -> djl.train(STEPS)),
                  new Contender(
                      "DJL with Swage's environment", () -> {}, () -> tuned.train(STEPS))));
      TrainingRun run = swage.finish();
      double ours = run.evaluate(data).accuracy().orElseThrow();
      double theirs = djl.accuracy(SAMPLES);
      requireLearned("Swage", ours);
      requireLearned("DJL", theirs);
      requireSameNet(run.plan().parameters(), djl.parameters());
      return new Outcome(
          name(),
          List.of(
              "a round is %d steps of %d images, AdamW, %d threads, %,d parameters"
                  .formatted(STEPS, BATCH, threads, run.plan().parameters()),
              TorchRuntime.describe() + "; DJL on " + djl.version(),
              "on what they learn Swage reaches %.1f %%, DJL %.1f %%"
                  .formatted(100 * ours, 100 * theirs)),
          List.of(Outcome.Pair.of(measured, 0, 1), Outcome.Pair.of(measured, 0, 2)),
          List.of(),
          List.of(
              Claim.atLeast("times DJL's PyTorch engine", measured.speedup(0, 1).median(), 1.2)));
    }
  }

  private static Trainer trainer() {
    return Trainer.of(ResidualNet.build())
        .loss(Loss.crossEntropyWithLogits())
        .optimizer(AdamW.of(RATE))
        .batchSize(BATCH)
        .epochs(ROUNDS.warmup() + ROUNDS.rounds())
        .seed(1);
  }

  private static void requireLearned(String side, double accuracy) {
    if (!(accuracy >= 0.9)) {
      throw new IllegalStateException(
          "%s reaches %.3f on what it learns, expected at least 0.9".formatted(side, accuracy));
    }
  }

  private static void requireSameNet(long ours, long theirs) {
    if (ours != theirs) {
      throw new IllegalStateException("Swage trains %d parameters, DJL %d".formatted(ours, theirs));
    }
  }
}
