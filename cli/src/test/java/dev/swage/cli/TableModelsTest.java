package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swage.cli.console.ExitCode;
import dev.swage.data.DataSchema;
import dev.swage.onnx.OnnxReader;
import dev.swage.run.ModelSession;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A model of a table means the same on every file: whole, in part, one row, without labels. */
class TableModelsTest {
  @TempDir private Path folder;

  private Path write(String name, List<String> lines) throws IOException {
    return Files.writeString(folder.resolve(name), String.join("\n", lines) + "\n");
  }

  private Path train(String train, String test, int features, int classes) throws IOException {
    Path recipe =
        Files.writeString(
            folder.resolve("table.yaml"),
            TableRecipe.text("csv:" + train, "csv:" + test, features, classes));
    Path out = folder.resolve("out");
    CommandRun result =
        CommandRun.of(
            "train", recipe.toString(), "--data-dir", folder.toString(), "--out", out.toString());
    assertThat(result.exitCode()).as(result.err()).isZero();
    return out.resolve("model.onnx");
  }

  /** The rows of what {@code evaluate --predictions} writes, without their numbers. */
  private List<List<String>> predictions(Path model, Path data) throws IOException {
    Path file = folder.resolve("predictions.csv");
    CommandRun result =
        CommandRun.of(
            "evaluate", model.toString(), "--data", "csv:" + data, "--predictions", "" + file);
    assertThat(result.exitCode()).as(result.err()).isZero();
    List<String> lines = Files.readAllLines(file);
    return lines.subList(1, lines.size()).stream().map(TableModelsTest::cells).toList();
  }

  private static List<String> cells(String line) {
    List<String> cells = new ArrayList<>();
    for (String cell : line.split(",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", -1)) {
      cells.add(cell.replace("\"", ""));
    }
    return cells.subList(1, cells.size());
  }

  private static List<String> withoutLabel(List<String> lines) {
    return lines.stream().map(line -> line.replaceAll(",(\"[^\"]*\"|[^,\"]*)$", "")).toList();
  }

  private static void assertSameAnswers(List<List<String>> part, List<List<String>> whole) {
    for (int row = 0; row < part.size(); row++) {
      assertThat(part.get(row).getFirst()).as("row %d", row).isEqualTo(whole.get(row).getFirst());
      for (int i = 1; i < part.get(row).size(); i++) {
        assertThat(Double.parseDouble(part.get(row).get(i)))
            .isCloseTo(Double.parseDouble(whole.get(row).get(i)), within(1e-5));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyFileGetsTheSameAnswers(SampleTable table) throws IOException {
    List<String> lines = table.lines();
    List<String> header = table.hasHeader() ? lines.subList(0, 1) : List.of();
    List<String> rows = lines.subList(header.size(), lines.size());
    Path all = write("all.csv", lines);
    TreeSet<String> labels = new TreeSet<>();
    rows.forEach(row -> labels.add(cells("," + row).getLast()));
    int features = cells("," + rows.getFirst()).size() - 1;
    Path model =
        train("all.csv?split=train&" + table.keys(), "all.csv?split=test", features, labels.size());
    DataSchema schema = DataSchema.of(OnnxReader.read(model));
    assertThat(schema.classNames()).containsExactlyInAnyOrderElementsOf(labels);
    assertThat(CommandRun.of("inspect", "" + model).out())
        .contains("tells classes apart: " + String.join(", ", schema.classNames()))
        .contains("; in the model ")
        .contains("columns are standardized");

    List<List<String>> whole = predictions(model, all);
    assertThat(whole).hasSize(rows.size());
    assertSameAnswers(
        predictions(model, write("few.csv", join(header, rows.subList(0, 40)))), whole);
    assertSameAnswers(
        predictions(model, write("one.csv", join(header, rows.subList(0, 1)))), whole);
    List<List<String>> last =
        predictions(
            model, write("last.csv", join(header, rows.subList(rows.size() - 1, rows.size()))));
    assertSameAnswers(last, whole.subList(whole.size() - 1, whole.size()));
    assertSameAnswers(predictions(model, write("bare.csv", withoutLabel(lines))), whole);
    assertSameAnswers(plain(model, rows, schema.classNames()), whole);
    assertAccuracy(table, model, all, rows, whole);
    assertUnknownLabelIsRefused(model, header, rows, schema);
    assertQuantizedIsTheSame(model, all);
  }

  private static List<String> join(List<String> header, List<String> rows) {
    return Stream.concat(header.stream(), rows.stream()).toList();
  }

  /** What ONNX Runtime says of the rows as they are in the file, NaN where a value is missing. */
  private static List<List<String>> plain(Path model, List<String> rows, List<String> classes) {
    float[][] values =
        withoutLabel(rows).stream()
            .map(row -> {
              String[] cells = row.split(",", -1);
              float[] numbers = new float[cells.length];
              for (int i = 0; i < cells.length; i++) {
                numbers[i] = cells[i].isEmpty() ? Float.NaN : Float.parseFloat(cells[i]);
              }
              return numbers;
            })
            .toArray(float[][]::new);
    List<List<String>> answers = new ArrayList<>();
    try (ModelSession session = ModelSession.open(model)) {
      for (float[] row : values) {
        float[] output =
            session
                .run(List.of(Tensor.ofFloats(Shape.of(1, row.length), row)))
                .getFirst()
                .toFloats();
        int best = 0;
        for (int i = 1; i < output.length; i++) {
          best = output[i] > output[best] ? i : best;
        }
        List<String> answer = new ArrayList<>(List.of(classes.get(best)));
        for (float number : output) {
          answer.add(Float.toString(number));
        }
        answers.add(answer);
      }
    }
    return answers;
  }

  private void assertAccuracy(
      SampleTable table, Path model, Path all, List<String> rows, List<List<String>> whole)
      throws IOException {
    Path json = folder.resolve("e.json");
    CommandRun result =
        CommandRun.of(
            "evaluate", model.toString(), "--data", "csv:" + all, "--json", json.toString());
    assertThat(result.exitCode()).as(result.err()).isZero();
    long right = 0;
    for (int i = 0; i < rows.size(); i++) {
      right += cells("," + rows.get(i)).getLast().equals(whole.get(i).getFirst()) ? 1 : 0;
    }
    JsonNode report = new ObjectMapper().readTree(json.toFile());
    assertThat(report.path("model").path("accuracy").asDouble())
        .isEqualTo((double) right / rows.size())
        .isGreaterThan(table.accuracy);
    long samples = 0;
    long correct = 0;
    for (JsonNode kind : report.path("classes")) {
      assertThat(result.out()).contains(kind.path("name").asText());
      samples += kind.path("samples").asLong();
      correct += kind.path("correct").asLong();
    }
    assertThat(samples).isEqualTo(rows.size());
    assertThat(correct).isEqualTo(right);
  }

  private void assertUnknownLabelIsRefused(
      Path model, List<String> header, List<String> rows, DataSchema schema) throws IOException {
    String strange = withoutLabel(rows.subList(0, 1)).getFirst() + ",77";
    Path bad = write("bad.csv", join(header, List.of(rows.getFirst(), strange)));
    String data = "csv:" + bad;
    Path out = folder.resolve("q.onnx");
    for (CommandRun result :
        List.of(
            CommandRun.of("evaluate", "" + model, "--data", data),
            CommandRun.of("compare", "" + model, "" + model, "--data", data),
            CommandRun.of("calibrate", "" + model, "--data", data),
            CommandRun.of("plan", "" + model, "--mode", "static", "--calibrate", data),
            CommandRun.of(
                "quantize", "" + model, "--mode", "static", "--calibrate", data, "-o", "" + out))) {
      assertThat(result.exitCode()).isEqualTo(ExitCode.FAILED);
      assertThat(result.err())
          .contains("%s line %d: label '77'".formatted(bad, header.size() + 2))
          .contains(String.join(", ", schema.classNames()));
      assertThat(result.err().lines().filter(line -> line.startsWith("swage: "))).hasSize(1);
    }
  }

  /** Raw columns of very different magnitude are no reason to lose anything. */
  private void assertQuantizedIsTheSame(Path model, Path all) {
    for (String mode : List.of("static", "dynamic", "weight-only")) {
      Path out = folder.resolve(mode + ".onnx");
      List<String> args =
          new ArrayList<>(
              List.of("quantize", "" + model, "--mode", mode, "--calibrate", "csv:" + all));
      args.addAll(List.of("--objective", "size", "--max-accuracy-drop", "0.03", "-o", "" + out));
      CommandRun result = CommandRun.of(args.toArray(String[]::new));
      assertThat(result.exitCode()).as(mode + result.err() + result.out()).isZero();
      assertThat(DataSchema.of(OnnxReader.read(out)))
          .isEqualTo(DataSchema.of(OnnxReader.read(model)));
      CommandRun compared =
          CommandRun.of(
              "compare",
              "" + model,
              "" + out,
              "--data",
              "csv:" + all,
              "--min-agreement",
              "0.9",
              "--max-accuracy-drop",
              "0.03");
      assertThat(compared.exitCode()).as(mode + compared.err() + compared.out()).isZero();
    }
  }

  @Test
  void trainAndTestMayBeFilesOfTheirOwn() throws IOException {
    List<String> lines = SampleTable.MADE.lines();
    List<String> header = lines.subList(0, 1);
    List<String> rows = lines.subList(1, lines.size());
    List<String> odd = new ArrayList<>();
    for (int i = 0; i < rows.size(); i += 2) {
      odd.add(rows.get(i));
    }
    write("train.csv", join(header, odd));
    // One class only, none of them the first: by itself it would be class 0.
    Path test = write("test.csv", join(header, rows.subList(rows.size() - 60, rows.size())));
    Path model = train("train.csv?standardize=true", "test.csv", 3, 3);
    JsonNode report = new ObjectMapper().readTree(folder.resolve("out/report.json").toFile());
    double accuracy = report.path("runs").get(0).path("models").get(0).path("accuracy").asDouble();
    assertThat(accuracy).isGreaterThan(0.9);
    CommandRun result =
        CommandRun.of("evaluate", "" + model, "--data", "csv:" + test, "--min-accuracy", "0.9");
    assertThat(result.exitCode()).as(result.out() + result.err()).isZero();
  }

  @Test
  void predictionsNeverReplaceAnInput() throws IOException {
    Path all = write("all.csv", SampleTable.MADE.lines());
    Path model = train("all.csv?standardize=true", "all.csv", 3, 3);
    byte[] before = Files.readAllBytes(model);
    CommandRun result =
        CommandRun.of("evaluate", "" + model, "--data", "csv:" + all, "--predictions", "" + model);
    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(Arrays.equals(Files.readAllBytes(model), before)).isTrue();
  }
}
