package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swage.cli.console.ExitCode;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.testkit.SharedData;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Small models with the structure of reported faults, quantized as a user does. */
class SharedCasesTest {
  private static final String PICTURES = "--calibrate random:1x8x10x10?n=8 --objective size";
  private static final String ROWS = "--calibrate random:1x32?n=8 --objective size";

  @TempDir private Path folder;

  private record Result(int exitCode, String text) {}

  private static Result swage(List<String> args) {
    StringWriter text = new StringWriter();
    PrintWriter writer = new PrintWriter(text);
    CommandLine command = Main.commandLine().setOut(writer).setErr(writer);
    int exitCode = command.execute(args.toArray(String[]::new));
    return new Result(exitCode, text.toString());
  }

  private static Path file(String name) {
    return SharedData.require("../cases/2026-11/" + name);
  }

  private Path output() {
    return folder.resolve("small.onnx");
  }

  private JsonNode report() throws IOException {
    return new ObjectMapper().readTree(folder.resolve("report.json").toFile());
  }

  private Result quantize(String model, String options) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "quantize",
                file(model).toString(),
                "-o",
                output().toString(),
                "--json",
                folder.resolve("report.json").toString()));
    for (String option : options.split(" ")) {
      if (!option.isEmpty()) {
        args.add(option.replace("npz:", "npz:" + file(model).getParent() + "/"));
      }
    }
    return swage(args);
  }

  /** The least ratio of an output, a quantity or a place that the report has. */
  private static double least(JsonNode report) {
    double least = Double.POSITIVE_INFINITY;
    for (JsonNode output : report.path("outputs")) {
      least = Math.min(least, output.path("sqnrDb").asDouble(Double.POSITIVE_INFINITY));
      for (JsonNode place : output.path("quantities")) {
        least = Math.min(least, place.path("sqnrDb").asDouble(Double.POSITIVE_INFINITY));
      }
    }
    return least;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "concat-scores.onnx | " + PICTURES + " --min-sqnr 25 | 25",
        "concat-scores.onnx | " + PICTURES + " | 25",
        "concat-scores-sigmoid.onnx | " + PICTURES + " --min-sqnr 25 | 25",
        "concat-scores-sigmoid.onnx | " + PICTURES + " | 25",
        "softmax-positions.onnx | --calibrate random:1x1024x16?n=2 --objective size | 30",
        "sigmoid-heatmap.onnx | " + PICTURES + " | 30",
        "entropy-offset.onnx | --calibrate random:1x32?n=256 --range entropy --objective size | 20",
        "tied-gemm.onnx | '' | 35",
        "left-factor.onnx | '' | 30",
        "left-factor.onnx | --mode dynamic --objective size | 20",
        "einsum.onnx | '' | 30",
        "experts-gather.onnx | '' | 30",
        "gather-negative-axis.onnx | '' | 30",
        "gather-negative-axis.onnx | --mode dynamic --objective size | 20",
        "gemm-alpha.onnx | " + ROWS + " | 20",
        "optional-inside.onnx | " + ROWS + " | 20",
        "empty-past.onnx | --calibrate npz:empty-past.npz?x=x,past --objective size | 20",
      })
  void outputsStayNear(String model, String options, double decibels) throws IOException {
    Result result = quantize(model, options);
    assertThat(result.exitCode()).as(result.text()).isZero();
    assertThat(least(report())).as(result.text()).isGreaterThanOrEqualTo(decibels);
    assertThat(output()).exists();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "fp16-stored.onnx | '' | 0.75",
        "fp16-stored.onnx | --calibrate random:1x64?n=8 --objective size | 0.75",
        "fp16-stored.onnx | --mode dynamic --objective size | 0.75",
        "fp16-all.onnx | '' | 0.75",
        "tied-transpose.onnx | '' | 0.30",
        "second-reader.onnx | '' | 1",
        "second-reader.onnx | --calibrate random:1x64?n=8 --objective size | 1",
        "function-args.onnx | '' | 0.5",
        "function-inner.onnx | '' | 0.5",
        "contrib-3d.onnx | --bits 4 --format contrib | 0.5",
      })
  void filesBecomeSmaller(String model, String options, double ratio) throws IOException {
    Result result = quantize(model, options);
    assertThat(result.exitCode()).as(result.text()).isZero();
    assertThat((double) Files.size(output()) / Files.size(file(model)))
        .as(result.text())
        .isLessThanOrEqualTo(ratio);
  }

  @ParameterizedTest
  @CsvSource({
    "tied-gemm.onnx,'',8000",
    "tied-transpose.onnx,'',8600",
    "tied-transpose.onnx,--bits 4,5600"
  })
  void tiedWeightsAreStoredOnce(String model, String options, long bytes) throws IOException {
    Result result = quantize(model, options);
    assertThat(result.exitCode()).as(result.text()).isZero();
    assertThat(Files.size(output())).as(result.text()).isLessThanOrEqualTo(bytes);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "output-zipmap.onnx | " + ROWS,
        "output-zipmap.onnx | --mode dynamic --objective size",
        "resize-tf-half-pixel.onnx | ''",
        "resize-tf-half-pixel.onnx | --per-tensor",
        "resize10-computed-scales.onnx | ''",
        "resize10-computed-scales.onnx | --per-tensor",
        "int-ids.onnx | --calibrate random:1x6?n=8 --objective size",
        "int-ids.onnx | --calibrate npz:int-ids.npz?x=ids&type=stored --objective size",
        "unnamed-nodes.onnx | --calibrate random:1x8x10x10?n=4 --objective size --exclude h1",
      })
  void modelsAreWorkedOn(String model, String options) {
    Result result = quantize(model, options);
    assertThat(result.exitCode()).as(result.text()).isZero();
    assertThat(output()).exists();
  }

  @Test
  void outputsOfSequencesAreCompared() {
    assertThat(quantize("output-zipmap.onnx", "").exitCode()).isZero();
    Result result =
        swage(
            List.of(
                "compare",
                file("output-zipmap.onnx").toString(),
                output().toString(),
                "--data",
                "random:1x32?n=8",
                "--min-sqnr",
                "20"));
    assertThat(result.exitCode()).as(result.text()).isZero();
  }

  @Test
  void entropyLosesFewOfTheValues() throws IOException {
    quantize(
        "entropy-offset.onnx", "--calibrate random:1x32?n=256 --range entropy --objective size");
    for (JsonNode value : report().path("plan").path("values")) {
      assertThat(value.path("saturation").asDouble(0)).isLessThanOrEqualTo(0.05);
    }
  }

  @Test
  void aBoundOnOutputsOfHalfPrecisionIsMeasured() throws IOException {
    Result result = quantize("bound-half-output.onnx", ROWS + " --min-sqnr 90");
    assertThat(result.exitCode()).isIn(ExitCode.DONE, ExitCode.BOUND_MISSED);
    if (result.exitCode() == ExitCode.DONE) {
      assertThat(least(report())).isGreaterThanOrEqualTo(90);
    }
    assertThat(quantize("bound-half-output.onnx", ROWS).text()).contains("output 'y': SQNR ");
  }

  /** Weights that differ by input channel are judged by it, also without data. */
  @Test
  void unevenInputsAreSeenWithoutData() {
    assertThat(quantize("uneven-inputs.onnx", "").exitCode()).isZero();
    Result result =
        swage(
            List.of(
                "compare",
                file("uneven-inputs.onnx").toString(),
                output().toString(),
                "--data",
                "npz:" + file("uneven-inputs.npz") + "?x=x",
                "--min-sqnr",
                "30"));
    assertThat(result.exitCode()).as(result.text()).isZero();
  }

  @Test
  void theNameThatIsShownIsTheNameThatIsExcluded() throws IOException {
    quantize(
        "unnamed-nodes.onnx", "--calibrate random:1x8x10x10?n=4 --objective size --exclude h1");
    for (JsonNode node : report().path("plan").path("nodes")) {
      boolean excluded = node.path("reason").asText().equals("excluded");
      assertThat(excluded).isEqualTo(node.path("name").asText().equals("h1"));
    }
  }

  @Test
  void inputsWithDefaultsStayInputs() {
    assertThat(quantize("optional-input.onnx", "").exitCode()).isZero();
    OnnxModel written = OnnxReader.read(output());
    assertThat(written.graph().inputs()).anyMatch(input -> input.name().equals("gain"));
  }
}
