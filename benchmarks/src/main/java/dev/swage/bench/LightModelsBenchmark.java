package dev.swage.bench;

import dev.swage.compress.Conversion;
import dev.swage.compress.ModelQuantization;
import dev.swage.compress.QuantGoal;
import dev.swage.compress.QuantMode;
import dev.swage.compress.QuantizeData;
import dev.swage.compress.QuantizeOptions;
import dev.swage.compress.plan.Objective;
import dev.swage.data.DataSource;
import dev.swage.run.ModelSession;
import dev.swage.run.time.Latency;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Published image networks, quantized static W8A8 twice: for speed, where each node is measured,
 * and for size, where everything becomes codes that can. Float and quantized files are timed in
 * turn at batch 1.
 */
final class LightModelsBenchmark implements Benchmark {
  private static final int WARMUP = 2;
  private static final int ROUNDS = 25;
  private static final double ROUND_MILLIS = 100;

  @Override
  public String name() {
    return "light";
  }

  @Override
  public String description() {
    return "static int8 of image networks, for speed and for size, against float32";
  }

  @Override
  public Outcome run() {
    Results results = new Results();
    for (ImageNetwork network : ImageNetwork.ALL) {
      if (network.isPresent()) {
        quantize(network, results);
      } else {
        results.setup.add(
            "%s skipped: no %s in the shared data (set SWAGE_SHARED_DATA)"
                .formatted(network.name(), network.origin()));
      }
    }
    return new Outcome(name(), results.setup, results.pairs, List.of(), results.claims);
  }

  private static final class Results {
    private final List<String> setup = new ArrayList<>();
    private final List<Outcome.Pair> pairs = new ArrayList<>();
    private final List<Claim> claims = new ArrayList<>();
  }

  private static void quantize(ImageNetwork network, Results results) {
    try {
      Path folder = Files.createTempDirectory("swage-bench-");
      try {
        Path source = folder.resolve("float.onnx");
        network.write(source);
        measure(network, source, results);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void measure(ImageNetwork network, Path source, Results results) {
    String model = network.name();
    DataSource samples = DataSource.open(network.samples());
    Path fast = source.resolveSibling("speed.onnx");
    Path small = source.resolveSibling("size.onnx");
    Conversion size = convert(network.goal(Objective.SIZE), source, small, samples);
    Conversion speed = convert(network.goal(Objective.SPEED), source, fast, samples);
    results.setup.add("%s, calibrated on %s".formatted(model, network.samples()));
    results.setup.addAll(new NodeSummary("  for size", size).lines());
    results.setup.addAll(new NodeSummary("  for speed", speed).lines());
    results.claims.add(
        Claim.atMost(model + ": products not fused", size.proof().notFused().size(), 0));
    network
        .goal(Objective.SPEED)
        .minSqnrDb()
        .ifPresent(bound ->
            results.claims.add(
                Claim.atLeast(
                    model + ": SQNR of the worst output, dB",
                    Math.min(
                        size.proof().leastSqnrDb().orElseThrow(),
                        speed.proof().leastSqnrDb().orElseThrow()),
                    bound)));
    time(network, source, speed.written() ? fast : source, small, results);
    if (!speed.written()) {
      double ratio = speed.proof().speedup().orElseThrow();
      results.claims.add(Claim.atLeast(model + ": not written, speed-up as proven", ratio, 1));
    }
  }

  /** Where no faster file was written, the source stands for it. */
  private static void time(
      ImageNetwork network, Path source, Path fast, Path small, Results results) {
    try (ModelSession before = ModelSession.open(source);
        ModelSession smallest = ModelSession.open(small);
        ModelSession fastest = ModelSession.open(fast)) {
      List<Tensor> sample = Latency.sample(before, DataSource.open(network.samples()));
      double millis = Latency.measure(before, sample, WARMUP, 5).p50();
      int runs = Math.clamp(Math.round(ROUND_MILLIS / millis), 1, 50);
      PairedBenchmark.Measured measured =
          new PairedBenchmark(WARMUP, ROUNDS)
              .run(
                  List.of(
                      contender(network.name() + ", for speed", fastest, sample, runs),
                      contender(network.name() + ", for size", smallest, sample, runs),
                      contender(network.name() + ", float32", before, sample, runs)));
      Outcome.Pair pair = Outcome.Pair.of(measured, 0, 2);
      results.pairs.add(pair);
      results.pairs.add(Outcome.Pair.of(measured, 1, 2));
      results.claims.add(
          Claim.atLeast(
              network.name() + ": speed-up over float32",
              pair.speedup().median(),
              network.leastSpeedup()));
    }
  }

  private static Conversion convert(QuantGoal goal, Path source, Path target, DataSource samples) {
    return ModelQuantization.of(QuantizeOptions.of(QuantMode.STATIC).withGoal(goal))
        .convert(source, target, QuantizeData.of(samples));
  }

  private static Contender contender(
      String name, ModelSession session, List<Tensor> sample, int runs) {
    return new Contender(
        name, () -> {}, () -> Math.round(1e6 * Latency.measure(session, sample, 0, runs).p50()));
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
