package dev.swage.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class JsonReportsTest {
  @TempDir private Path folder;

  static Stream<Report> everyKind() {
    Origin origin = SampleReports.origin();
    ModelResult reference = SampleReports.model("a.onnx", 4000, 0.98, 0.5);
    ModelResult candidate = SampleReports.model("b.onnx", 1000, 0.97, 0.25);
    return Stream.of(
        SampleReports.demo(),
        SampleReports.sweep(),
        SampleReports.clipDoctor(),
        SampleReports.finetune(Optional.of(SampleReports.score(0.75))),
        SampleReports.finetune(Optional.empty()),
        SampleReports.finetune(Optional.empty()).withCodes(SampleReports.codes()),
        SampleReports.operators(),
        new InspectReport(origin, "a.onnx", 4000, List.of(SampleReports.tensor("w", 0.1, 4, 8))),
        new CalibrateReport(
            origin,
            "a.onnx",
            "idx:mnist",
            20,
            List.of(
                new CalibrateReport.Tensor(
                    "relu1",
                    5000,
                    3,
                    List.of(new CalibrateReport.EstimatedRange("entropy", -0.5, 7.25, 0.001)))),
            List.of(new CalibrateReport.LeftOut("dims", "not-float32"))),
        new QuantizeReport(
            origin,
            "a.onnx",
            "b.onnx",
            4000,
            1000,
            List.of(
                new QuantizeReport.PreparationStep(
                    "opset-raised", List.of("node 'n' (Clip)"), List.of("x"), "8 → 13")),
            OptionalDouble.of(1e-7),
            true,
            outputs(),
            List.of("output 'y': SQNR 9.9 dB"),
            List.of(
                new QuantizeReport.WeightDecision(
                    "w",
                    QuantizeReport.Decision.QUANTIZE,
                    "weight of MatMul",
                    OptionalInt.of(8),
                    "per channel, axis 0",
                    41.5,
                    3200,
                    840),
                QuantizeReport.WeightDecision.kept("b", "bias", 40))),
        new PlannedReport(origin, "a.onnx", 4000, 0, nodePlan()),
        new ProofReport(
            origin,
            "a.onnx",
            "b.onnx",
            true,
            4000,
            1000,
            "idx:mnist",
            256,
            nodePlan(),
            List.of(new ProofReport.Operator("QLinearConv", 1)),
            0,
            256,
            List.of(outputs().getFirst()),
            OptionalDouble.of(0.99),
            OptionalDouble.of(0.01),
            List.of("output 'y': SQNR 9.9 dB"),
            List.of(new ProofReport.Layer("relu1", "Relu", 40.5, Double.POSITIVE_INFINITY)),
            new Latency(1, 2, 1, 20),
            new Latency(0.5, 1, 1, 20),
            2.1,
            List.of("boxes")),
        new EvaluateReport(
            origin,
            reference,
            "idx:mnist?split=test",
            10_000,
            List.of(new EvaluateReport.ClassResult("0", 980, 970))),
        new CompareReport(
            origin,
            reference,
            candidate,
            OptionalDouble.of(0.995),
            outputs(),
            OptionalDouble.of(Double.POSITIVE_INFINITY),
            List.of(new CompareReport.Layer("relu1", 38.5, 0.01)),
            "idx:mnist?split=test",
            10_000));
  }

  /** One that is measured by its values, one by agreement, and one that cannot be measured. */
  private static List<OutputResult> outputs() {
    return List.of(
        new OutputResult(
            "y",
            "float16",
            OptionalDouble.of(Double.POSITIVE_INFINITY),
            0.25,
            OptionalDouble.empty(),
            List.of(new OutputResult.Place(2, 0, 4, 40.5), new OutputResult.Place(2, 4, 7, 25.5)),
            List.of(new OutputResult.Place(-1, 0, 0, Double.POSITIVE_INFINITY)),
            ""),
        new OutputResult(
            "labels",
            "int64",
            OptionalDouble.empty(),
            0,
            OptionalDouble.of(0.79),
            List.of(),
            List.of(),
            ""),
        new OutputResult(
            "one",
            "float32",
            OptionalDouble.empty(),
            0,
            OptionalDouble.empty(),
            List.of(),
            List.of(),
            "the reference gives one value only"));
  }

  private static NodePlan nodePlan() {
    return new NodePlan(
        "static",
        "qdq",
        "min-max",
        List.of(),
        OptionalDouble.of(1e-7),
        List.of(
            new NodePlan.Node(
                "conv", "Conv", "quantize", "static", "int8 per-channel", "", "", true, 41.5),
            new NodePlan.Node(
                "loop",
                "Loop",
                "keep",
                "",
                "",
                "unsupported-operator",
                "Loop",
                false,
                Double.POSITIVE_INFINITY)),
        List.of(
            new NodePlan.Value(
                "x", 0, 1, 0.0039, 0, "x", 42.5, OptionalDouble.of(0.01), OptionalDouble.empty())));
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void what_is_written_reads_back_equal(Report report) {
    Path file = folder.resolve("report.json");
    JsonReports.write(file, report);
    assertThat(JsonReports.read(file, report.getClass())).isEqualTo(report);
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void a_document_opens_with_its_schema_and_origin(Report report) throws IOException {
    JsonNode tree = new ObjectMapper().readTree(JsonReports.render(report));
    assertThat(tree.fieldNames())
        .toIterable()
        .startsWith("schema", "version", "created", "machine");
    assertThat(tree.get("schema").textValue()).isEqualTo(report.schema()).matches("swage\\.\\w+/1");
  }

  @Test
  void a_small_report_has_exactly_this_text() {
    ClipSummary clip =
        new ClipSummary(
            "none", 2, 0, 0, List.of(0.5, 0.5, 0.625, 0.75, 0.75), Double.POSITIVE_INFINITY);
    RunReport run =
        new RunReport(
            "tiny",
            "Tiny \"net\"",
            "x → y",
            clip,
            List.of(new EpochPoint(1, 0.25, OptionalDouble.empty(), OptionalDouble.empty(), 0.01)),
            GradientSeries.of(
                new double[] {0.5, 0.75},
                new double[] {Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY},
                new BitSet(),
                1),
            ClipTelemetry.EMPTY,
            List.of(),
            List.of(
                new ModelResult(
                    "float32",
                    "out/model.onnx",
                    1234,
                    OptionalDouble.of(0.975),
                    OptionalDouble.empty(),
                    new Latency(0.125, 0.25, 1, 100),
                    OptionalDouble.empty())),
            Map.of("seed", "42"));
    assertThat(JsonReports.render(new TrainingReport(SampleReports.origin(), List.of(run))))
        .isEqualTo(
            """
            {
              "schema": "swage.report/1",
              "version": "0.1.0",
              "created": "2026-01-02T03:04:05Z",
              "machine": {
                "cpu": "Test CPU",
                "cores": 2,
                "maxHeapBytes": 4000000000,
                "os": "Linux 6 amd64",
                "versions": {"java": "25.0.1", "onnxruntime": "1.29.0", "libtorch": "2.10.0"}
              },
              "runs": [
                {
                  "name": "tiny",
                  "title": "Tiny \\"net\\"",
                  "description": "x → y",
                  "clip": {
                    "method": "none",
                    "steps": 2,
                    "clippedSteps": 0,
                    "skippedSteps": 0,
                    "normQuartiles": [0.5, 0.5, 0.625, 0.75, 0.75],
                    "threshold": null
                  },
                  "epochs": [
                    {"epoch": 1, "trainLoss": 0.25, "learningRate": 0.01}
                  ],
                  "gradients": {
                    "steps": 2,
                    "columns": [
                      {
                        "firstStep": 0,
                        "lastStep": 1,
                        "min": 0.5,
                        "median": 0.625,
                        "max": 0.75,
                        "threshold": null,
                        "clipped": 0,
                        "nonFinite": 0
                      }
                    ]
                  },
                  "telemetry": {
                    "coefficients": [],
                    "norms": {
                      "stepsPerColumn": 1,
                      "rows": []
                    },
                    "spikes": []
                  },
                  "weights": [],
                  "models": [
                    {
                      "name": "float32",
                      "path": "out/model.onnx",
                      "bytes": 1234,
                      "accuracy": 0.975,
                      "latencyMillis": {"p50": 0.125, "p95": 0.25, "batch": 1, "calls": 100}
                    }
                  ],
                  "stages": [],
                  "provenance": {"seed": "42"}
                }
              ]
            }
            """);
  }

  @Test
  void the_contract_of_compare_holds() throws IOException {
    Report compare = everyKind().filter(CompareReport.class::isInstance).findFirst().orElseThrow();
    JsonNode tree = new ObjectMapper().readTree(JsonReports.render(compare));
    assertThat(tree.at("/reference/path").textValue()).isEqualTo("out/model-a.onnx.onnx");
    assertThat(tree.at("/candidate/latencyMillis/p50").doubleValue()).isEqualTo(0.25);
    assertThat(tree.at("/sizeRatio").doubleValue()).isEqualTo(0.25);
    assertThat(tree.at("/speedup").doubleValue()).isEqualTo(2);
    assertThat(tree.get("sqnrDb").isNull()).isTrue();
    assertThat(tree.at("/layers/0/name").textValue()).isEqualTo("relu1");
  }

  @Test
  void how_weights_spread_reads_back() {
    RunReport run =
        SampleReports.run("r", "R", 2, 40, 1, List.of())
            .withRanges(SampleReports.ranges("w"))
            .withStages(List.of(new RunReport.Stage("4 bits", SampleReports.ranges("w"))));
    Path file = folder.resolve("ranges.json");
    JsonReports.write(file, new TrainingReport(SampleReports.origin(), List.of(run)));
    assertThat(file).content().contains("\"atLimit\": 0.5").doesNotContain("Infinity");
    assertThat(JsonReports.read(file, TrainingReport.class).runs()).containsExactly(run);
  }

  @Test
  void numbers_that_are_not_finite_are_null_and_read_back_as_what_null_means() {
    BitSet none = new BitSet();
    GradientSeries series =
        GradientSeries.of(new double[] {Double.NaN}, new double[] {1}, none, 10);
    RunReport run = SampleReports.run("r", "R", 2, 40, 1, List.of());
    TrainingReport report =
        new TrainingReport(
            SampleReports.origin(),
            List.of(
                new RunReport(
                    "r",
                    "R",
                    "",
                    run.clip(),
                    run.epochs(),
                    series,
                    ClipTelemetry.EMPTY,
                    List.of(),
                    run.models(),
                    Map.of())));
    Path file = folder.resolve("r.json");
    JsonReports.write(file, report);
    assertThat(file).content().doesNotContain("NaN").doesNotContain("Infinity");
    GradientSeries.Column column =
        JsonReports.read(file, TrainingReport.class)
            .runs()
            .getFirst()
            .gradients()
            .columns()
            .getFirst();
    assertThat(column.max()).isNaN();
    assertThat(column.nonFinite()).isEqualTo(1);
  }

  @Test
  void reading_is_strict_and_names_what_is_wrong() throws IOException {
    Path file = folder.resolve("e.json");
    EvaluateReport report =
        (EvaluateReport)
            everyKind().filter(EvaluateReport.class::isInstance).findFirst().orElseThrow();
    String json = JsonReports.render(report);
    assertRefused(file, json.replace("evaluate/1", "evaluate/2"))
        .hasMessage("%s: schema is \"swage.evaluate/2\", expected \"swage.evaluate/1\"", file);
    assertRefused(file, json.replace("\"samples\"", "\"more\": 1, \"samples\""))
        .hasMessageStartingWith(file + ": Unrecognized field \"more\"");
    assertRefused(file, json.replace(",\n  \"samples\": 10000", ""))
        .hasMessageStartingWith(file + ": Missing required creator property 'samples'");
    assertRefused(file, json.replace("\"p50\": 0.5", "\"p50\": \"0.5\""))
        .hasMessageStartingWith(file + ": Cannot deserialize value of type `java.lang.Double`");
    assertRefused(file, json.replace("\"accuracy\": 0.98", "\"accuracy\": 98"))
        .hasMessageContaining("accuracy must be a fraction in [0, 1], got 98.0");
    assertRefused(file, json.replace("\"batch\": 1", "\"batch\": true"))
        .hasMessageEndingWith(", in model.latencyMillis.batch");
    assertRefused(file, "[]")
        .hasMessage("%s: no schema field found, expected \"swage.evaluate/1\"", file);
    assertRefused(file, json + "x").hasMessageStartingWith(file + ": Unrecognized token 'x'");
  }

  private static org.assertj.core.api.AbstractThrowableAssert<?, ?> assertRefused(
      Path file, String json) throws IOException {
    Files.writeString(file, json);
    return assertThatThrownBy(() -> JsonReports.read(file, EvaluateReport.class))
        .isInstanceOf(ReportException.class);
  }
}
