package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swage.cli.console.ExitCode;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.report.ClipDoctorReport;
import dev.swage.report.JsonReports;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command line from outside: what a user types, sees, and gets. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CommandLineTest {
  private static final String TEST_DATA = "moons:?n=400&split=test";

  private Path folder;
  private Path out;

  private record Result(int exitCode, String out, String err) {}

  private static Result swage(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return new Result(command.execute(args), out.toString(), err.toString());
  }

  /** The run all tests look at, with further arguments. */
  private Result train(Path recipe, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "train",
                recipe.toString(),
                "--out",
                out.toString(),
                "--set",
                "data.train=moons:?n=1000",
                "--set",
                "data.test=" + TEST_DATA,
                "--set",
                "train.epochs=30",
                "--set",
                "train.optimizer={adamw: {lr: 0.02}}"));
    arguments.addAll(List.of(more));
    return swage(arguments.toArray(String[]::new));
  }

  @BeforeAll
  void trainOnce(@TempDir Path shared) throws IOException {
    folder = shared;
    out = folder.resolve("moons");
    Path recipe = folder.resolve("moons.yaml");
    try (var in = CommandLineTest.class.getResourceAsStream("/dev/swage/cli/recipes/moons.yaml")) {
      Files.write(recipe, in.readAllBytes());
    }
    Result result = train(recipe);
    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
  }

  @Test
  void trainWritesEverythingItPromises() throws IOException {
    for (String file :
        List.of(
            "model.onnx",
            "model.int8.onnx",
            "model.int4.onnx",
            "history.jsonl",
            "report.html",
            "report.json")) {
      assertThat(out.resolve(file)).isNotEmptyFile();
    }
    JsonNode run = json(out.resolve("report.json")).path("runs").path(0);
    assertThat(run.path("name").textValue()).isEqualTo("moons");
    JsonNode clip = run.path("clip");
    assertThat(clip.path("steps").longValue()).isGreaterThan(900);
    assertThat(clip.path("normQuartiles").size()).isEqualTo(5);
    assertThat(clip.path("threshold").doubleValue()).isEqualTo(0.5);
    assertThat(run.path("models").findValuesAsText("name"))
        .containsExactly("float32", "int8", "int4");
    for (JsonNode model : run.path("models")) {
      assertThat(Path.of(model.path("path").textValue())).hasSize(model.path("bytes").longValue());
      assertThat(model.path("accuracy").doubleValue()).isGreaterThan(0.9);
      assertThat(model.path("latencyMillis").path("p50").doubleValue()).isPositive();
    }
  }

  @Test
  void historyHasARecordForEachStepAndEpoch() throws IOException {
    List<String> lines = Files.readAllLines(out.resolve("history.jsonl"));
    long steps = lines.stream().filter(line -> line.contains("\"type\":\"step\"")).count();
    long epochs = lines.stream().filter(line -> line.contains("\"type\":\"epoch\"")).count();

    assertThat(epochs).isEqualTo(30);
    List<JsonNode> windows =
        lines.stream()
            .filter(line -> line.contains("\"type\":\"window\""))
            .map(this::json)
            .toList();
    assertThat(windows).hasSize((int) (steps / 100));
    assertThat(1 + steps + epochs + windows.size()).isEqualTo(lines.size());
    JsonNode run = json(lines.getFirst());
    assertThat(run.path("type").textValue()).isEqualTo("run");
    assertThat(run.path("optimizer").textValue()).startsWith("adamw(lr=0.02");
    assertThat(run.path("scaleInvariant").booleanValue()).isTrue();
    assertThat(windows.getLast().path("lastStep").longValue()).isEqualTo(steps / 100 * 100 - 1);
    assertThat(windows.getLast().path("clippedShare").doubleValue()).isBetween(0.0, 1.0);
    assertThat(windows.getLast().path("normQuartiles").size()).isEqualTo(5);
    assertThat(json(lines.get(1)).fieldNames())
        .toIterable()
        .contains("step", "loss", "scope", "order", "normBefore", "threshold", "coefficient")
        .contains("normAfter", "clipped", "topShares");
    List<JsonNode> measured =
        lines.stream().filter(line -> line.contains("\"updateRatio\":")).map(this::json).toList();
    assertThat(measured)
        .hasSize((int) ((steps + 24) / 25))
        .allMatch(step -> step.path("step").longValue() % 25 == 0)
        .allMatch(step -> step.path("updateRatio").doubleValue() > 0);
  }

  @Test
  void aStepIsRepeatedWithTheSameFigures() throws IOException {
    JsonNode wanted =
        Files.readAllLines(out.resolve("history.jsonl")).stream()
            .map(this::json)
            .filter(record -> record.path("step").asInt(-1) == 41)
            .findFirst()
            .orElseThrow();
    Result result = train(folder.resolve("moons.yaml"), "--replay", "41");
    assertThat(result.err()).isEmpty();
    assertThat(result.out())
        .contains("step 41, epoch 2: loss %.6g".formatted(wanted.path("loss").doubleValue()))
        .contains("norm %.4g".formatted(wanted.path("normBefore").doubleValue()))
        .contains("dense1.weight");
  }

  private JsonNode json(String line) {
    try {
      return new ObjectMapper().readTree(line);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void theReportLooksAtClippingClosely() throws IOException {
    JsonNode telemetry =
        json(Files.readString(out.resolve("report.json"))).path("runs").get(0).path("telemetry");
    long steps = 0;
    for (JsonNode bin : telemetry.path("coefficients")) {
      steps += bin.path("steps").longValue();
    }
    assertThat(steps).isGreaterThan(900);
    assertThat(telemetry.path("norms").path("rows").findValuesAsText("parameter"))
        .containsExactly("dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias");
    assertThat(Files.readString(out.resolve("report.html")))
        .contains("How hard steps were clipped", "Gradient norm by parameter");
  }

  @Test
  void aDryRunSuggestsThresholdsAndWritesNothing() {
    Path json = folder.resolve("calibration.json");
    Path recipe = folder.resolve("moons.yaml");
    Result result =
        swage("train", recipe.toString(), "--calibrate-clip", "60", "--json", json.toString());
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("60 steps without clipping", "clip: {norm: ");
    ClipDoctorReport report = JsonReports.read(json, ClipDoctorReport.class);
    assertThat(report.clip().steps()).isEqualTo(60);
    assertThat(report.suggestions()).hasSize(8);
    assertThat(report.suggestions().getFirst().threshold()).isBetween(0.01, 10.0);
  }

  @Test
  void modelCarriesWhereItComesFrom() {
    var metadata = dev.swage.onnx.OnnxReader.read(out.resolve("model.int8.onnx")).metadata();

    assertThat(metadata.get("swage.recipe")).contains("# --set train.epochs=30");
    assertThat(metadata.get("swage.seed")).isEqualTo("7");
    assertThat(metadata.get("swage.data.sha256")).hasSize(64);
    assertThat(metadata).containsEntry("swage.output", "probabilities");
    assertThat(metadata.get("swage.recipe.sha256")).hasSize(64);
  }

  @Test
  void evaluateMeasuresAndHoldsBounds() throws IOException {
    Path report = folder.resolve("evaluate.json");
    String model = out.resolve("model.onnx").toString();

    Result result =
        swage(
            "evaluate",
            model,
            "--data",
            TEST_DATA,
            "--json",
            report.toString(),
            "--min-accuracy",
            "0.5");
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("400 samples of moons:");
    assertThat(json(report).path("schema").textValue()).isEqualTo("swage.evaluate/1");

    Result missed = swage("evaluate", model, "--data", TEST_DATA, "--min-accuracy", "1");
    assertThat(missed.exitCode()).isEqualTo(3);
    assertThat(missed.err())
        .startsWith("swage: bound missed: accuracy is 0.")
        .contains(", wanted at least 1.00000");
    assertComplaint(
        swage("evaluate", model, "--data", TEST_DATA, "--min-accuracy", "1.01"),
        2,
        "--min-accuracy is a fraction in [0, 1], got 1.01");
    Result timed = swage("evaluate", model, "--data", "random:1x2?n=8");
    assertThat(timed.exitCode()).as(timed.err()).isZero();
    assertThat(timed.out()).contains("which has no targets to score against");
    assertComplaint(
        swage("evaluate", model, "--data", "random:1x2?n=8", "--min-accuracy", "0.5"),
        2,
        "no classes to tell apart");
  }

  @Test
  void compareHoldsTwoFilesAgainstEachOther() throws IOException {
    Path report = folder.resolve("compare.json");

    Result result =
        swage(
            "compare",
            out.resolve("model.onnx").toString(),
            out.resolve("model.int8.onnx").toString(),
            "--data",
            TEST_DATA,
            "--json",
            report.toString(),
            "--min-sqnr",
            "20");

    assertThat(result.exitCode()).as(result.err()).isZero();
    JsonNode json = json(report);
    assertThat(json.fieldNames())
        .toIterable()
        .contains(
            "reference", "candidate", "agreement", "sqnrDb", "sizeRatio", "speedup", "layers");
    assertThat(json.path("agreement").doubleValue()).isGreaterThan(0.97);
  }

  @Test
  void inspectAndQuantizeAccountForEveryWeight() throws IOException {
    Path inspect = folder.resolve("inspect.json");
    Path quantize = folder.resolve("quantize.json");
    Path small = folder.resolve("small.onnx");
    String model = out.resolve("model.onnx").toString();

    assertThat(swage("inspect", model, "--json", inspect.toString()).exitCode()).isZero();
    assertThat(json(inspect).path("weights").findValuesAsText("name"))
        .contains("dense1.weight", "dense2.weight");

    Result result =
        swage(
            "quantize",
            model,
            "--bits",
            "4",
            "-o",
            small.toString(),
            "--json",
            quantize.toString());
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(json(quantize).path("weights").findValuesAsText("decision"))
        .contains("quantize", "keep");
    assertThat(small).isNotEmptyFile();
  }

  @Test
  void staticQuantizationProvesWhatItWrites() throws IOException {
    Path report = folder.resolve("static.json");
    Path small = folder.resolve("static.onnx");
    String model = out.resolve("model.onnx").toString();
    Result result =
        swage(
            "quantize",
            model,
            "--mode",
            "static",
            "--calibrate",
            TEST_DATA,
            "--samples",
            "64",
            "--range",
            "percentile",
            "--objective",
            "size",
            "-o",
            small.toString(),
            "--json",
            report.toString());
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("quantize", "run in integers", "SQNR", "as fast", "read back bit for bit");
    assertThat(json(report).path("schema").textValue()).isEqualTo("swage.proof/1");
    assertThat(json(report).path("plan").path("nodes").findValuesAsText("decision"))
        .contains("quantize");
    assertThat(json(report).path("calibrationSamples").intValue()).isEqualTo(64);
    assertThat(swage("evaluate", small.toString(), "--data", TEST_DATA).exitCode()).isZero();
  }

  @Test
  void codesForOtherProcessorsAreInThePlan() throws IOException {
    Path plan = folder.resolve("int8.yaml");
    Result planned =
        swage(
            "plan",
            out.resolve("model.onnx").toString(),
            "--calibrate",
            TEST_DATA,
            "--activations",
            "int8",
            "--reduce-range",
            "--objective",
            "size",
            "-o",
            plan.toString());
    assertThat(planned.exitCode()).as(planned.err()).isZero();
    assertThat(planned.out()).contains("weight int7 per-channel");
    assertThat(Files.readString(plan))
        .contains("codes: int8-asymmetric", "weight: int7 per-channel")
        .doesNotContain("codes: uint8", "weight: int8");
  }

  @Test
  void staticQuantizationNamesWhatItLacks() {
    String model = out.resolve("model.onnx").toString();
    String small = folder.resolve("static.onnx").toString();
    assertComplaint(
        swage("quantize", model, "--activations", "int8", "-o", small),
        2,
        "--activations is for --mode static and mixed, not weight-only");
    assertComplaint(
        swage("quantize", model, "--reduce-range", "-o", small), 2, "activations are codes");
    assertComplaint(
        swage("quantize", model, "--mode", "static", "-o", small),
        2,
        "--mode static needs --calibrate DATA or --calibration FILE");
    String stored = folder.resolve("stored.json").toString();
    assertThat(swage("calibrate", model, "--data", TEST_DATA, "-o", stored).exitCode()).isZero();
    assertComplaint(
        swage("quantize", model, "--calibration", stored, "--min-sqnr", "30", "-o", small),
        2,
        "--mode static with a bound needs --calibrate DATA");
    assertComplaint(
        swage("quantize", model, "--mode", "dynamic", "--calibration", stored, "-o", small),
        2,
        "--calibration is for --mode static and mixed");
    assertComplaint(
        swage("quantize", model, "--mode", "dynamic", "--range", "mse", "-o", small),
        2,
        "--range is not for --mode dynamic");
    assertComplaint(
        swage("calibrate", model, "--data", TEST_DATA, "--batch", "0"), 2, "at least 1");
    assertComplaint(
        swage("compare", model, model, "--data", TEST_DATA, "--max-accuracy-drop", "2"),
        2,
        "--max-accuracy-drop is a fraction in [0, 1], got 2.0");
    assertComplaint(
        swage("quantize", model, "--samples", "3", "-o", small), 2, "for --calibrate DATA");
    assertComplaint(
        swage(
            "quantize",
            model,
            "--mode",
            "static",
            "--calibrate",
            TEST_DATA,
            "--bits",
            "4",
            "-o",
            small),
        2,
        "static weights are int8, per channel or --per-tensor");
    assertComplaint(
        swage("quantize", model, "--format", "contrib", "--group", "0", "-o", small),
        2,
        "--format contrib has one scale for a group of weights");
    assertComplaint(
        swage("quantize", model, "--per-tensor", "--group", "32", "-o", small), 2, "give one");
    assertComplaint(
        swage(
            "quantize",
            model,
            "--mode",
            "static",
            "--calibrate",
            TEST_DATA,
            "--range",
            "widest",
            "-o",
            small),
        2,
        "got 'widest'");
    assertThat(Path.of(small)).doesNotExist();
  }

  @Test
  void aPlanIsWrittenEditedAndCarriedOut() throws IOException {
    Path plan = folder.resolve("plan.yaml");
    Path report = folder.resolve("plan.json");
    Path small = folder.resolve("planned.onnx");
    String model = out.resolve("model.onnx").toString();
    Result planned =
        swage(
            "plan",
            model,
            "--calibrate",
            TEST_DATA,
            "--objective",
            "size",
            "-o",
            plan.toString(),
            "--json",
            report.toString());
    assertThat(planned.exitCode()).as(planned.err()).isZero();
    assertThat(planned.out()).contains("static", "weight int8 per-channel", "3 of 6 nodes");
    assertThat(json(report).path("schema").textValue()).isEqualTo("swage.planned/1");

    String text = Files.readString(plan);
    assertThat(text).contains("{node: dense1, operator: MatMul, quantize: static, weight: int8");
    String edited =
        text.replaceFirst("(node: dense1, [^}]*)quantize: static[^}]*", "$1keep: excluded");
    Files.writeString(plan, edited);
    String[] apply = {
      "quantize", model, "--plan", plan.toString(), "-o", small.toString(), "--objective", "size"
    };
    Result done = swage(apply);
    assertThat(done.exitCode()).as(done.err()).isZero();
    assertThat(done.out()).contains("excluded by name", "2 of 2 nodes with codes run in integers");

    Files.writeString(plan, edited.replace("node: dense2", "node: dense3"));
    assertComplaint(swage(apply), 1, "did you mean 'dense2'?");
    assertComplaint(
        swage("quantize", model, "--plan", plan.toString(), "-o", small.toString(), "--bits", "4"),
        2,
        "--bits is no option beside --plan, which says how each node is quantized: edit it");
    for (String command : List.of("plan", "quantize", "calibrate")) {
      String data = command.equals("calibrate") ? "--data" : "--calibrate";
      assertComplaint(
          swage(command, model, data, TEST_DATA, "-o", model),
          2,
          model + ": is an input, which is never overwritten; choose another output");
    }
    assertComplaint(
        swage("quantize", model, "-o", small.toString(), "--json", small.toString()),
        2,
        small + ": is to be written twice; choose another output");
    assertComplaint(
        swage("evaluate", model, "--data", TEST_DATA, "--json", model), 2, "is an input");
    byte[] before = Files.readAllBytes(small);
    Files.writeString(plan, edited.replaceFirst("(operator: Relu, )[^}]*", "$1quantize: static"));
    assertComplaint(
        swage(apply),
        1,
        "(Relu) static: ONNX Runtime has no integer kernel for it (Relu); it can be kept");
    assertThat(small).hasBinaryContent(before);
    Files.writeString(plan, edited.replace("keep: excluded", "keep: exclude"));
    assertComplaint(swage(apply), 2, "plan.yaml:13: unknown nodes.keep 'exclude'");
  }

  @Test
  void calibrateShowsWhatItStores() throws IOException {
    Path stored = folder.resolve("calibration.json");
    Path report = folder.resolve("calibrate.json");
    String model = out.resolve("model.onnx").toString();

    Result observed =
        swage(
            "calibrate",
            model,
            "--data",
            TEST_DATA,
            "--samples",
            "50",
            "--json",
            report.toString(),
            "-o",
            stored.toString());
    assertThat(observed.exitCode()).as(observed.err()).isZero();
    assertThat(observed.out()).contains("50 samples of", "entropy", "moving-average");
    assertThat(json(report).path("tensors").path(0).path("ranges").size()).isEqualTo(6);
    Result shown = swage("calibrate", model, "--calibration", stored.toString());
    assertThat(shown.exitCode()).as(shown.err()).isZero();
    assertThat(observed.out()).endsWith(shown.out());

    assertComplaint(swage("calibrate", model), 2, "--data");
    assertComplaint(
        swage("calibrate", model, "--data", TEST_DATA, "--calibration-memory", "much"),
        2,
        "'much' is no number of bytes");
    assertComplaint(swage("calibrate", model, "--data", "random:1x3"), 1, "got FLOAT32[1, 3]");
    assertComplaint(
        swage(
            "calibrate",
            out.resolve("model.int8.onnx").toString(),
            "--calibration",
            stored.toString()),
        1,
        "calibrate again");
  }

  @Test
  void oldModelsArePreparedAndSayHow() throws IOException {
    Graph graph =
        Graph.builder("old")
            .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(2, 4)))
            .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(2, 4)))
            .initializer("w", Tensor.ofFloats(Shape.of(4, 4), new float[16]))
            .node(Node.of("same", "Identity", List.of("x"), "i"))
            .node(Node.of("product", "MatMul", List.of("i", "w"), "h"))
            .node(Node.of("prob", "Softmax", List.of("h"), "y"))
            .build();
    Path old = folder.resolve("old.onnx");
    OnnxWriter.write(OnnxModel.of(graph).withOpset("", 9).withIrVersion(4), old);
    Path json = folder.resolve("prepared.json");
    String small = folder.resolve("old.int8.onnx").toString();

    Result result = swage("quantize", old.toString(), "-o", small, "--json", json.toString());
    assertThat(result.out())
        .contains(
            "prepared: opset 9 → 13, 1 operator adapted, 1 no-op removed (outputs equal on 3 inputs)");
    assertThat(json(json).path("prepared").findValuesAsText("kind"))
        .containsExactly("no-op-removed", "opset-raised", "operator-adapted");
    assertThat(json(json).path("preparedDifference").doubleValue()).isZero();

    result = swage("quantize", old.toString(), "-o", small, "--no-prepare");
    assertThat(result.out()).contains("prepared: opset 9 → 13, 1 operator adapted (");
  }

  @Test
  void wrongUsageIsOneLineAndExitCodeTwo() {
    String model = out.resolve("model.onnx").toString();

    assertComplaint(swage("quantize", model, "-o", model), 2, "is an input");
    assertComplaint(
        swage("quantize", model, "--bits", "9", "-o", folder.resolve("x.onnx").toString()),
        2,
        "bits must be 2…8, got 9");
    assertComplaint(swage("quantise", model), 2, "quantise");
    assertComplaint(swage("quantize", model), 2, "--output");
    assertComplaint(swage(), 2, "a command is missing");
    assertComplaint(swage("train", "no-such.yaml"), 2, "no-such.yaml: no such recipe");
    assertThat(folder.resolve("x.onnx")).doesNotExist();
  }

  @Test
  void failedWorkIsOneLineAndExitCodeOne() throws IOException {
    Path broken = folder.resolve("broken.onnx");
    byte[] bytes = Files.readAllBytes(out.resolve("model.onnx"));
    Files.write(broken, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    String model = out.resolve("model.onnx").toString();

    assertComplaint(swage("inspect", broken.toString()), 1, "broken.onnx");
    assertComplaint(swage("inspect", "absent.onnx"), 1, "absent.onnx");
    assertComplaint(
        swage("quantize", model, "-o", folder.resolve("no/such/folder.onnx").toString()),
        1,
        "no/such");
    assertComplaint(swage("evaluate", model, "--data", "csv:absent.csv"), 1, "absent.csv");
    assertComplaint(swage("evaluate", model, "--data", "mons:"), 1, "did you mean 'moons'?");
  }

  private static void assertComplaint(Result result, int exitCode, String part) {
    assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
    assertThat(result.err().lines()).hasSize(1);
    assertThat(result.err()).startsWith("swage: ").contains(part);
    assertThat(result.out()).isEmpty();
  }

  private static JsonNode json(Path file) throws IOException {
    return new ObjectMapper().readTree(Files.readString(file));
  }

  @Test
  void aRecipeThatIsNoYamlIsWrongUsage() throws IOException {
    for (String text :
        List.of(
            "name: x\u0007\n", "a:\n\tb: 1\n", "a: 'open\n", "na\u0000me: x\n", "# \u001b[1m\n")) {
      Path recipe = Files.writeString(folder.resolve("bad.yaml"), text);
      Result result = swage("train", recipe.toString());
      assertThat(result.err())
          .matches("(?s)swage: \\Q" + recipe + "\\E:\\d+:\\d+: not valid YAML: [^\n]*\n");
      assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    }
    Path latin =
        Files.write(folder.resolve("bad.yaml"), new byte[] {'a', ':', ' ', (byte) 0xE9, '\n'});
    Result result = swage("train", latin.toString());
    assertThat(result.err()).startsWith("swage: " + latin + ":1:4: not valid UTF-8: byte 0xe9");
    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
  }
}
