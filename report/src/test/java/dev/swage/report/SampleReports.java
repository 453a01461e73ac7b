package dev.swage.report;

import dev.swage.testkit.TestFloats;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import java.util.stream.DoubleStream;

/** Reports that look like real ones, from seeded noise. */
public final class SampleReports {
  private SampleReports() {}

  public static Origin origin() {
    return new Origin(
        "0.1.0",
        Instant.parse("2026-01-02T03:04:05Z"),
        new Machine("Test CPU", 2, 4_000_000_000L, "Linux 6 amd64", versions()));
  }

  private static Map<String, String> versions() {
    Map<String, String> versions = new LinkedHashMap<>();
    versions.put("java", "25.0.1");
    versions.put("onnxruntime", "1.29.0");
    versions.put("libtorch", "2.10.0");
    return versions;
  }

  /** A small classifier on moons and a conv net on glyphs. */
  public static TrainingReport demo() {
    RunReport moons =
        run("moons", "Two moons", 100, 25_000, 0.5, List.of(tensor("dense1.weight", 0.6, 20, 10)));
    RunReport glyphs =
        run(
            "glyphs",
            "Drawn digits",
            8,
            2_500,
            1.0,
            List.of(
                tensor("conv1.weight", 0.35, 16, 1, 3, 3),
                tensor("conv2.weight", 0.12, 32, 16, 3, 3),
                tensor("dense1.weight", 0.05, 64, 512),
                tensor("dense2.weight", 0.18, 10, 64)));
    return new TrainingReport(origin(), List.of(moons, glyphs));
  }

  static ClipDoctorReport clipDoctor() {
    return new ClipDoctorReport(
        origin(),
        "out/moons/history.jsonl",
        new ClipSummary("global norm 2", 80, 80, 0, List.of(1.0, 2.0, 3.0, 4.0, 9.0), 0.5),
        List.of(new ClipDoctorReport.Finding("ALWAYS_CLIPS", "100.0 % of 80 steps", "set 6")),
        List.of(new ClipDoctorReport.Suggestion("median × 2", 6, 0.1)));
  }

  static FinetuneReport finetune(Optional<FinetuneReport.ValidationScore> before) {
    return new FinetuneReport(
        origin(),
        "a.onnx",
        "b.onnx",
        "csv:flowers.csv",
        135,
        1_234,
        List.of("low", "high"),
        before,
        score(0.95),
        epochs(3),
        1.5);
  }

  static FinetuneReport.Codes codes() {
    return new FinetuneReport.Codes(
        "3 nodes static int4 per-channel (activations uint8, min-max)",
        "lsq",
        score(0.5),
        score(0.9),
        "trained",
        "the best epoch is better than the codes untrained",
        1_000,
        0.25);
  }

  static FinetuneReport.ValidationScore score(double accuracy) {
    return new FinetuneReport.ValidationScore(
        0.25,
        OptionalDouble.of(accuracy),
        Map.of("f1", accuracy - 0.01),
        List.of(List.of(40L, 2L), List.of(1L, 37L)));
  }

  static OperatorsReport operators() {
    return new OperatorsReport(
        origin(),
        List.of(
            new OperatorsReport.Entry("ai.onnx", "Conv", true, true, true, true, true),
            new OperatorsReport.Entry("com.microsoft", "Gelu", true, true, false, false, false)));
  }

  /** Telemetry of 40 steps and two parameters. */
  public static ClipTelemetry telemetry(String parameter) {
    List<Double> norms = DoubleStream.iterate(8, x -> 0.9 * x).limit(40).boxed().toList();
    List<Double> others = DoubleStream.iterate(0.1, x -> 1.1 * x).limit(40).boxed().toList();
    return new ClipTelemetry(
        List.of(
            new ClipTelemetry.CoefficientBin(0, 0.1, 3),
            new ClipTelemetry.CoefficientBin(0.1, 1, 20),
            new ClipTelemetry.CoefficientBin(1, 1, 17)),
        new ClipTelemetry.HeatMap(
            1,
            List.of(
                new ClipTelemetry.HeatMap.Row(parameter, norms),
                new ClipTelemetry.HeatMap.Row("dense2.weight", others))),
        List.of(
            new ClipTelemetry.Spike(
                12, 1, 80.5, 33.2, parameter, List.of(4, 8, 15, 16, 23, 42, 108, 7, 9, 3))));
  }

  /** Two weights of two epochs, one with a limit. */
  public static WeightRanges ranges(String text) {
    List<WeightRanges.WidthCost> costs =
        List.of(new WeightRanges.WidthCost(8, 0.01), new WeightRanges.WidthCost(4, 0.2));
    WeightRanges.Epoch free =
        new WeightRanges.Epoch(1, 7.9, 10.4, costs, Double.POSITIVE_INFINITY, 0, 1.5, 0.25);
    WeightRanges.Epoch limited = new WeightRanges.Epoch(2, 1.5, 1.8, costs, 0.25, 0.5, 1, 0);
    return new WeightRanges(
        List.of(
            new WeightRanges.Weight(text, text, List.of(free, limited)),
            new WeightRanges.Weight("dense2.weight", "none", List.of(free))),
        List.of(text));
  }

  static SweepReport sweep() {
    ClipSummary clip =
        new ClipSummary("global norm 2", 80, 8, 1, List.of(1.0, 2.0, 3.0, 4.0, 9.0), 5);
    List<SweepRun.Setting> first = List.of(new SweepRun.Setting("seed", "1"));
    List<SweepRun.Setting> second = List.of(new SweepRun.Setting("seed", "2"));
    return new SweepReport(
        origin(),
        "recipes/moons.yaml",
        "moons:?split=test",
        List.of(
            new SweepRun(
                first,
                "",
                4,
                OptionalDouble.of(0.2),
                OptionalDouble.of(0.9),
                OptionalInt.of(12),
                clip,
                1.5,
                List.of(
                    new SweepRun.Shipped("int4", OptionalDouble.of(0.25), OptionalDouble.of(0.8)),
                    new SweepRun.Shipped("w2a8", OptionalDouble.empty(), OptionalDouble.empty()))),
            new SweepRun(
                second,
                "loss is NaN",
                1,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                OptionalInt.empty(),
                clip,
                0.5,
                List.of())));
  }

  public static RunReport run(
      String name, String title, int epochs, int steps, double threshold, List<WeightProfile> w) {
    double[] norms = norms(steps);
    double[] thresholds = new double[steps];
    Arrays.fill(thresholds, threshold);
    BitSet clipped = new BitSet();
    for (int i = 0; i < steps; i++) {
      clipped.set(i, norms[i] > threshold);
    }
    double[] sorted = DoubleStream.of(norms).sorted().toArray();
    List<Double> quartiles =
        List.of(
            sorted[0],
            sorted[steps / 4],
            sorted[steps / 2],
            sorted[3 * steps / 4],
            sorted[steps - 1]);
    Map<String, String> provenance = new LinkedHashMap<>();
    provenance.put("seed", "42");
    provenance.put("data", name + ": 8,000 training, 2,000 validation, 2,000 test samples");
    provenance.put("data hash", "sha256:6c1f0b2a9d");
    provenance.put("optimizer", "SGD, learning rate 0.01, batch 32");
    return new RunReport(
        name,
        title,
        "2 features → Dense(10, relu) → Dense(1, sigmoid), binary cross-entropy.",
        new ClipSummary("global norm 2", steps, clipped.cardinality(), 0, quartiles, threshold),
        epochs(epochs),
        GradientSeries.of(norms, thresholds, clipped, GradientSeries.DEFAULT_COLUMNS),
        telemetry("dense1.weight"),
        w,
        List.of(
            model("float32", 1_664_000, 0.9905, 0.182),
            model("int8", 432_000, 0.9901, 0.121),
            model("int4", 245_000, 0.9832, 0.134)),
        provenance);
  }

  public static ModelResult model(String name, long bytes, double accuracy, double p50) {
    return new ModelResult(
        name,
        "out/model-" + name + ".onnx",
        bytes,
        OptionalDouble.of(accuracy),
        OptionalDouble.of(0.034),
        new Latency(p50, p50 * 1.3, 1, 200),
        name.equals("float32") ? OptionalDouble.empty() : OptionalDouble.of(0.5 / p50));
  }

  /** A falling, noisy norm with a rare spike. */
  private static double[] norms(int steps) {
    RandomGenerator random = TestFloats.random(7);
    double[] norms = new double[steps];
    for (int i = 0; i < steps; i++) {
      double trend = 0.12 + 1.4 * Math.exp(-8.0 * i / steps);
      norms[i] = trend * Math.exp(0.45 * random.nextGaussian());
      if (random.nextInt(900) == 0) {
        norms[i] *= 12;
      }
    }
    return norms;
  }

  private static List<EpochPoint> epochs(int count) {
    RandomGenerator random = TestFloats.random(11);
    List<EpochPoint> points = new ArrayList<>();
    for (int e = 1; e <= count; e++) {
      double loss = 0.03 + 0.6 * Math.exp(-6.0 * e / count);
      points.add(
          new EpochPoint(
              e,
              loss * (1 + 0.02 * random.nextGaussian()),
              OptionalDouble.of(loss * 1.08 + 0.006 * random.nextDouble()),
              OptionalDouble.of(Math.min(0.99, 1 - loss)),
              0.01 * 0.5 * (1 + Math.cos(Math.PI * e / count))));
    }
    return points;
  }

  public static WeightProfile tensor(String name, double std, long... shape) {
    int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    float[] values = TestFloats.gaussian(count, std, name.hashCode());
    double max = 0;
    for (float v : values) {
      max = Math.max(max, Math.abs(v));
    }
    long[] counts = new long[64];
    for (float v : values) {
      counts[(int) Math.min(63, (v + max) / (2 * max) * 64)]++;
    }
    return new WeightProfile(
        name,
        "float32",
        Arrays.stream(shape).boxed().toList(),
        new WeightProfile.Distribution(
            count,
            0,
            -max,
            max,
            0.001,
            std,
            3.1,
            List.of(
                new WeightProfile.Quantile(0.01, -2.33 * std),
                new WeightProfile.Quantile(0.5, 0),
                new WeightProfile.Quantile(0.99, 2.33 * std))),
        new ValueHistogram(-max, max, Arrays.stream(counts).boxed().toList()),
        List.of(
            new WeightProfile.WidthError(8, 41.3),
            new WeightProfile.WidthError(6, 29.1),
            new WeightProfile.WidthError(4, 16.2),
            new WeightProfile.WidthError(3, 9.4),
            new WeightProfile.WidthError(2, 1.9)),
        std > 0.3 ? 8 : 4,
        List.of(
            new QuantGrid(
                8, "per channel, axis 0: median of scales", 0.8 * max / 127, 0, -127, 127),
            new QuantGrid(4, "groups of 32: median of scales", 0.75 * max / 7, 0, -7, 7)));
  }

  /** A quantization with more layers and nodes than are shown at once. */
  public static ProofReport proof() {
    List<NodePlan.Node> nodes = new java.util.ArrayList<>();
    List<ProofReport.Layer> layers = new java.util.ArrayList<>();
    for (int i = 0; i < 40; i++) {
      boolean kept = i % 9 == 8;
      nodes.add(
          new NodePlan.Node(
              "conv" + i,
              "Conv",
              kept ? "keep" : "quantize",
              kept ? "" : "static",
              kept ? "" : "int8 per-channel",
              kept ? "not-worth-it" : "",
              kept ? "0.31×: 0.21 ms as codes, 0.065 ms as floats" : "",
              !kept,
              kept ? Double.POSITIVE_INFINITY : 40 - 0.2 * i));
      layers.add(new ProofReport.Layer("c" + i, "Conv", 28 + 0.4 * i, 22 + 0.3 * i));
    }
    NodePlan plan =
        new NodePlan(
            "static",
            "qdq",
            "min-max",
            List.of(
                new QuantizeReport.PreparationStep(
                    "batch-normalization-folded", List.of("conv0", "bn0"), List.of("w0"), "")),
            OptionalDouble.of(2e-7),
            nodes,
            List.of(
                new NodePlan.Value(
                    "x",
                    -2,
                    2.5,
                    0.0176,
                    113,
                    "x",
                    45,
                    OptionalDouble.of(1e-4),
                    OptionalDouble.of(0.1))));
    return new ProofReport(
        demo().origin(),
        "net.onnx",
        "net.static.onnx",
        true,
        4_000_000,
        1_050_000,
        "idx:mnist?limit=256",
        256,
        plan,
        List.of(new ProofReport.Operator("QLinearConv", 36), new ProofReport.Operator("Conv", 4)),
        0,
        256,
        List.of(OutputResult.of("y", 35.5, 0.25)),
        OptionalDouble.of(0.996),
        OptionalDouble.of(0.004),
        List.of("output 'y', 4…6 of axis 2: variation lost, 0.1 dB"),
        layers,
        new Latency(1.2, 1.5, 1, 1000),
        new Latency(0.5, 0.62, 1, 1000),
        2.4,
        List.of());
  }
}
