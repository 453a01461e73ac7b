package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.ExternalData;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.layer.Network;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Of every command, no output is ever a file that its inputs consist of. */
@DisabledOnOs(OS.WINDOWS)
class OverwriteTest {
  /** Options that name what is written; all other paths are read. */
  private static final Set<String> OUTPUTS =
      Set.of("--json", "--output", "--report", "--out", "--predictions");

  /** A command, its outputs, and all files that it reads. */
  private record Case(String command, List<String> outputs, List<String> inputs) {}

  private static final List<Case> CASES =
      List.of(
          new Case("inspect net.onnx", List.of("--json"), List.of("net.onnx", "DATA")),
          new Case(
              "quantize net.onnx --calibrate csv:rows.csv",
              List.of("--json", "--output", "--report"),
              List.of("net.onnx", "DATA", "rows.csv")),
          new Case(
              "quantize net.onnx --mode static --calibration stats.json --plan plan.yaml --custom-ops ops.so",
              List.of("--json", "--output", "--report"),
              List.of("net.onnx", "DATA", "stats.json", "plan.yaml", "ops.so")),
          new Case(
              "plan net.onnx --calibrate csv:rows.csv --calibration stats.json",
              List.of("--json", "--output"),
              List.of("net.onnx", "DATA", "rows.csv", "stats.json")),
          new Case(
              "calibrate net.onnx --data csv:rows.csv",
              List.of("--json", "--output"),
              List.of("net.onnx", "DATA", "rows.csv")),
          new Case(
              "evaluate net.onnx --data idx:digits",
              List.of("--json", "--predictions"),
              List.of("net.onnx", "DATA", "digits/t10k-images-idx3-ubyte")),
          new Case(
              "compare net.onnx other.onnx --data images:pictures",
              List.of("--json"),
              List.of("net.onnx", "DATA", "other.onnx", "pictures/cat/a.png")),
          new Case(
              "finetune net.onnx --data csv:rows.csv --weights weights.safetensors",
              List.of("--json", "--output"),
              List.of("net.onnx", "DATA", "rows.csv", "weights.safetensors")),
          new Case(
              "finetune net.onnx --data csv:rows.csv --bits 4",
              List.of("--json", "--output"),
              List.of("net.onnx", "DATA", "rows.csv")),
          new Case(
              "operators --markdown --results results.tsv",
              List.of("--json"),
              List.of("results.tsv")),
          new Case("clip-doctor history.jsonl", List.of("--json"), List.of("history.jsonl")),
          new Case("train recipe.yaml", List.of("--json"), List.of("recipe.yaml", "rows.csv")),
          new Case(
              "sweep recipe.yaml --over seed=1..2",
              List.of("--json"),
              List.of("recipe.yaml", "rows.csv")));

  @TempDir private Path folder;

  private record Result(int exitCode, String text) {}

  @BeforeEach
  void writeInputs() throws IOException {
    OnnxModel model = Network.input("x", 32).dense(32).relu().dense(4).softmax().build();
    OnnxWriter.write(model, folder.resolve("net.onnx"), ExternalData.above(1024));
    Files.copy(folder.resolve("net.onnx"), folder.resolve("other.onnx"));
    for (String name :
        List.of(
            "rows.csv",
            "weights.safetensors",
            "results.tsv",
            "stats.json",
            "plan.yaml",
            "ops.so",
            "history.jsonl",
            "digits/t10k-images-idx3-ubyte",
            "pictures/cat/a.png")) {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "some " + name);
    }
    Files.writeString(
        folder.resolve("recipe.yaml"),
        """
        name: small
        data: {train: "csv:rows.csv", test: "csv:rows.csv?split=test"}
        model: {input: [2], layers: [{dense: 1}, sigmoid]}
        train:
          loss: binary-cross-entropy
          optimizer: {sgd: {lr: 0.01}}
          batch: 32
          epochs: 1
          clip: {norm: 1}
        ship: float32
        """);
  }

  private Result swage(List<String> arguments) {
    StringWriter text = new StringWriter();
    PrintWriter writer = new PrintWriter(text);
    CommandLine command = Main.commandLine().setOut(writer).setErr(writer);
    return new Result(command.execute(arguments.toArray(String[]::new)), text.toString());
  }

  private List<String> arguments(Case which) {
    List<String> words = new ArrayList<>();
    for (String word : which.command().split(" ")) {
      words.add(Files.exists(folder.resolve(word)) ? folder.resolve(word).toString() : word);
    }
    if (!which.command().matches("(inspect|clip-doctor|operators) .*")) {
      words.addAll(List.of("--data-dir", folder.toString()));
    }
    return words;
  }

  private Path input(String name) throws IOException {
    if (!name.equals("DATA")) {
      return folder.resolve(name);
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().matches(".*net\\.onnx\\.[0-9a-f]{12}\\.data"))
          .findFirst()
          .orElseThrow();
    }
  }

  private String contents() throws IOException {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted().filter(Files::isRegularFile).toList()) {
        all.append(folder.relativize(file)).append(' ');
        all.append(java.util.Arrays.hashCode(Files.readAllBytes(file))).append('\n');
      }
    }
    return all.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"as it is", "by a link", "by another name"})
  void noInputIsWrittenOver(String how) throws IOException {
    for (Case each : CASES) {
      for (String output : each.outputs()) {
        for (String name : each.inputs()) {
          Path given = input(name);
          if (how.equals("by a link")) {
            given = Files.createSymbolicLink(folder.resolve("given"), given);
          } else if (how.equals("by another name")) {
            given = Files.createLink(folder.resolve("given"), given);
          }
          List<String> arguments = arguments(each);
          if (each.outputs().contains("--output") && !output.equals("--output")) {
            arguments.addAll(List.of("--output", folder.resolve("out.onnx").toString()));
          }
          arguments.addAll(List.of(output, given.toString()));
          String before = contents();
          Result result = swage(arguments);
          String what = String.join(" ", arguments);
          assertThat(result.text())
              .as(what)
              .isEqualTo(
                  "swage: %s: is an input, which is never overwritten; choose another output%n",
                  given);
          assertThat(result.exitCode()).as(what).isEqualTo(2);
          assertThat(contents()).as(what).isEqualTo(before);
          Files.deleteIfExists(folder.resolve("given"));
        }
      }
    }
  }

  /** A model's data file is written and removed by name. */
  @Test
  void noInputHasANameThatAnOutputsDataFileMightGet() throws IOException {
    Path model = folder.resolve("net.onnx");
    Path copy = folder.resolve("net"); // Not known as a model by its name.
    Files.move(model, copy);
    String before = contents();
    Result result =
        swage(List.of("quantize", copy.toString(), "-o", folder.resolve("net.onnx").toString()));
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.text())
        .isEqualTo(
            "swage: %s: its data file might be %s, which is an input; choose another output%n",
            model, input("DATA"));
    assertThat(contents()).isEqualTo(before);
  }

  @Test
  void whatATrainingWritesIsNoInput() throws IOException {
    Path out = Files.createDirectories(folder.resolve("out"));
    for (String name :
        List.of("history.jsonl", "report.json", "report.html", "model.onnx", "checkpoint/a.csv")) {
      Path file = out.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "1,2,0\n");
      String before = contents();
      Result result =
          swage(
              List.of(
                  "train",
                  folder.resolve("recipe.yaml").toString(),
                  "--data-dir",
                  folder.toString(),
                  "--out",
                  out.toString(),
                  "--set",
                  "data.train=csv:out/" + name));
      assertThat(result.text()).as(name).contains("is an input").doesNotContain("internal");
      assertThat(result.exitCode()).as(result.text()).isEqualTo(2);
      assertThat(contents()).isEqualTo(before);
      Files.delete(file);
    }
  }

  /** An option that is new is tried here, or says here that it only reads. */
  @Test
  void everyOutputOfEveryCommandIsTried() {
    Set<String> known =
        CASES.stream()
            .flatMap(each ->
                each.outputs().stream().map(output -> each.command().split(" ")[0] + " " + output))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> reads =
        Set.of(
            "--plan",
            "--calibration",
            "--custom-ops",
            "--data-dir",
            "--data",
            "--calibrate",
            "--weights",
            "--results");
    Main.commandLine()
        .getSubcommands()
        .forEach((name, command) ->
            command.getCommandSpec().options().stream()
                .filter(option -> option.auxiliaryTypes()[0] == Path.class)
                .map(CommandLine.Model.OptionSpec::longestName)
                .filter(option -> !reads.contains(option))
                .forEach(option -> {
                  assertThat(OUTPUTS).contains(option);
                  // A demo reads nothing; folders are in a test of their own.
                  if (!name.equals("demo") && !option.equals("--out")) {
                    assertThat(known).contains(name + " " + option);
                  }
                }));
  }

  @Test
  void jsonOnStandardOutputIsAlone() throws IOException {
    for (String path : List.of("-", "/dev/stdout")) {
      StringWriter out = new StringWriter();
      StringWriter err = new StringWriter();
      int code =
          Main.commandLine()
              .setOut(new PrintWriter(out))
              .setErr(new PrintWriter(err))
              .execute("inspect", folder.resolve("net.onnx").toString(), "--json", path);
      assertThat(code).isZero();
      assertThat(out.toString()).startsWith("{").endsWith("}" + System.lineSeparator());
      assertThat(err.toString()).contains("weights");
    }
  }
}
