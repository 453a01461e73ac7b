package dev.swage.bench;

import dev.swage.compress.ModelConversion;
import dev.swage.compress.ModelQuantization;
import dev.swage.compress.QuantGoal.Objective;
import dev.swage.compress.QuantMode;
import dev.swage.compress.QuantizeData;
import dev.swage.compress.QuantizeOptions;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.run.Latency;
import dev.swage.run.ModelSession;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import dev.swage.testkit.onnx.LightModels;
import dev.swage.testkit.onnx.RandomWeights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Published image networks with seeded weights, quantized static W8A8 twice: for speed, where each
 * node is measured, and for size, where everything becomes codes that can. Float and quantized
 * files are timed in turn at batch 1.
 */
final class LightModelsBenchmark implements Benchmark {
  private static final List<String> NAMES =
      List.of(
          "resnet50",
          "vgg19",
          "squeezenet",
          "shufflenet",
          "densenet121",
          "inception_v1",
          "inception_v2");

  /** Of those that spend their time in wide convolutions. */
  private static final Map<String, Double> LEAST = Map.of("resnet50", 2.0, "vgg19", 2.0);

  private static final String SAMPLES = "random:1x3x224x224?n=8";
  private static final int WARMUP = 2;
  private static final int ROUNDS = 25;
  private static final double ROUND_MILLIS = 100;

  @Override
  public String name() {
    return "light";
  }

  @Override
  public String description() {
    return "static int8 of seven image networks, for speed and for size, against float32";
  }

  @Override
  public Outcome run() {
    Results results = new Results();
    Optional<Path> archive = SharedData.find(LightModels.ARCHIVE);
    if (archive.isEmpty()) {
      results.setup.add(
          "skipped: no %s in the shared data (set SWAGE_SHARED_DATA)"
              .formatted(LightModels.ARCHIVE));
    } else {
      results.setup.add("calibrated on " + SAMPLES + "; batch 1");
      NAMES.forEach(model -> quantize(archive.get(), model, results));
    }
    return new Outcome(name(), results.setup, results.pairs, List.of(), results.claims);
  }

  private static final class Results {
    private final List<String> setup = new ArrayList<>();
    private final List<Outcome.Pair> pairs = new ArrayList<>();
    private final List<Claim> claims = new ArrayList<>();
  }

  private static void quantize(Path archive, String model, Results results) {
    try {
      Path folder = Files.createTempDirectory("swage-bench-");
      try {
        Path source = folder.resolve(model + ".onnx");
        OnnxModel light = LightModels.read(archive, model);
        OnnxWriter.write(RandomWeights.in(light), source);
        measure(model, source, results);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void measure(String model, Path source, Results results) {
    DataSource samples = DataSource.open(SAMPLES);
    Path fast = source.resolveSibling("speed.onnx");
    Path small = source.resolveSibling("size.onnx");
    ModelConversion speed = convert(Objective.SPEED, source, fast, samples);
    ModelConversion size = convert(Objective.SIZE, source, small, samples);
    results.setup.addAll(new NodeSummary(model + ", for size", size).lines());
    results.setup.addAll(new NodeSummary(model + ", for speed", speed).lines());
    results.claims.add(
        Claim.atMost(model + ": products not fused", size.proof().notFused().size(), 0));
    boolean written = speed.written();
    try (ModelSession before = ModelSession.open(source);
        ModelSession smallest = ModelSession.open(small);
        ModelSession fastest = ModelSession.open(written ? fast : source)) {
      List<Tensor> sample = Latency.sample(before, samples);
      double millis = Latency.measure(before, sample, WARMUP, 5).p50();
      int runs = Math.clamp(Math.round(ROUND_MILLIS / millis), 1, 50);
      PairedBenchmark.Measured measured =
          new PairedBenchmark(WARMUP, ROUNDS)
              .run(
                  List.of(
                      contender(model + ", for speed", fastest, sample, runs),
                      contender(model + ", all codes", smallest, sample, runs),
                      contender(model + ", float32", before, sample, runs)));
      if (written) {
        Outcome.Pair pair = Outcome.Pair.of(measured, 0, 2);
        results.pairs.add(pair);
        results.claims.add(
            Claim.atLeast(
                model + ": speed-up over float32",
                pair.speedup().median(),
                LEAST.getOrDefault(model, 1.0)));
      } else {
        results.claims.add(
            Claim.atLeast(
                model + ": speed-up over float32 as proven, not written",
                speed.proof().latency().ratio(),
                LEAST.getOrDefault(model, 1.0)));
      }
      results.pairs.add(Outcome.Pair.of(measured, 1, 2));
    }
  }

  private static ModelConversion convert(
      Objective objective, Path source, Path target, DataSource samples) {
    return ModelQuantization.of(QuantizeOptions.of(QuantMode.STATIC).withObjective(objective))
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
