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
 * Training throughput of the MNIST conv net: our trainer; DJL's PyTorch engine in a process of its
 * own, as it comes and with our settings of the C library in its environment; and libtorch's bare
 * forward and backward pass, which shows what all the rest of our step costs.
 */
final class TrainMnistBenchmark implements Benchmark {
  private static final int BATCH = 64;
  private static final int STEPS = 16;
  private static final int SAMPLES = BATCH * STEPS;
  private static final int SCORED = 512;
  private static final double RATE = 1e-3;
  private static final PairedBenchmark ROUNDS = new PairedBenchmark(3, 15);

  @Override
  public String name() {
    return "train-mnist";
  }

  @Override
  public String description() {
    return "training the MNIST conv net, batch 64, AdamW, against DJL's PyTorch engine";
  }

  @Override
  public Outcome run() {
    TorchRuntime.require();
    try (Arena arena = Arena.ofShared()) {
      ImageSamples samples = ImageSamples.generate(arena, MnistNet.IMAGE, SAMPLES, 1);
      Path file = Files.createTempFile("swage-bench-", ".samples");
      try {
        samples.writeTo(file);
        return measure(samples, file);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Outcome measure(ImageSamples samples, Path file) throws IOException {
    int threads = TorchRuntime.threads();
    DataSource data = samples.source();
    SwageTraining swage = new SwageTraining(trainer(), data);
    BareTorchNet bare = new BareTorchNet();
    try (DjlPeer djl = new DjlPeer("mnist", file, BATCH, threads, Map.of());
        DjlPeer tuned = new DjlPeer("mnist", file, BATCH, threads, DjlPeer.TUNED)) {
      PairedBenchmark.Measured measured =
          ROUNDS.run(
              List.of(
                  new Contender("Swage: Trainer", () -> {}, () -> swage.train(STEPS)),
                  new Contender("DJL: EasyTrain", () -> {}, () -> djl.train(STEPS)),
                  new Contender("DJL with Swage's environment", () -> {}, () -> tuned.train(STEPS)),
                  Contender.timed(
                      "libtorch alone: forward and backward",
                      () -> bare.passes(samples, STEPS, BATCH))));
      TrainingRun run = swage.finish();
      double ours = run.evaluate(data.limit(SCORED)).accuracy().orElseThrow();
      requireLearned("Swage", ours);
      requireLearned("DJL", djl.accuracy(SCORED));
      requireSameNet(run.plan().parameters(), bare.parameters());
      double perSecond = SAMPLES / measured.side(0).millis().median() * 1e3;
      return new Outcome(
          name(),
          List.of(
              "a round is %d steps of %d samples, AdamW, %d threads, %,d parameters"
                  .formatted(STEPS, BATCH, threads, bare.parameters()),
              TorchRuntime.describe() + "; DJL on " + djl.version(),
              "%,.0f samples/s; all sides reach at least 90 %% on what they learn"
                  .formatted(perSecond)),
          List.of(
              Outcome.Pair.of(measured, 0, 1),
              Outcome.Pair.of(measured, 0, 2),
              Outcome.Pair.of(measured, 0, 3)),
          List.of(),
          List.of(
              Claim.atLeast("times DJL's throughput", measured.speedup(0, 1).median(), 1.2),
              Claim.atMost(
                  "share of a step outside libtorch's forward and backward pass",
                  1 - measured.speedup(0, 3).median(),
                  0.1)));
    }
  }

  private static Trainer trainer() {
    return Trainer.of(MnistNet.build())
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

  private static void requireSameNet(long ours, long bare) {
    if (ours != bare) {
      throw new IllegalStateException(
          "Swage trains %d parameters, the bare net has %d".formatted(ours, bare));
    }
  }
}
