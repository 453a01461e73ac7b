package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swage.data.DataSchema;
import dev.swage.onnx.OnnxReader;
import dev.swage.run.ModelSession;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

/** A model of a table means the same on every file: whole, in part, one row, without labels. */
class TableModelsTest {
  private static final String RECIPE =
      """
      name: table
      seed: 7
      data:
        train: "csv:%1$s?%2$s"
        test: "csv:%3$s"
      model:
        input: [%4$d]
        layers:
          - dense: 16
          - relu
          - dense: %5$d
          - softmax
      train:
        loss: cross-entropy
        optimizer: {adamw: {lr: 0.01}}
        batch: 15
        epochs: 40
        clip: {norm: 1.0}
      ship: [float32, int8]
      """;

  @TempDir private Path folder;

  enum Table {
    IRIS("iris.csv", 0.9),
    BANKNOTE("banknote_authentication.csv", 0.95),
    PIMA("pima-indians-diabetes.csv", 0.65),
    WINE("winequality-red.csv", 0.5),
    /** A header, words as classes, columns of magnitudes from 1e-4 to 1e4. */
    MADE("", 0.9),
    /** Numbers as classes, no header, missing values. */
    HOLES("", 0.9);

    private final String file;
    private final double accuracy;

    Table(String file, double accuracy) {
      this.file = file;
      this.accuracy = accuracy;
    }

    List<String> lines() throws IOException {
      return switch (this) {
        case MADE -> made(true, new String[] {"no, never", "maybe", "yes"}, Integer.MAX_VALUE);
        case HOLES -> made(false, new String[] {"10", "2", "-1"}, 7);
        default ->
            Files.readAllLines(SharedData.require("datasets/tabular").resolve(file)).stream()
                .filter(line -> !line.isBlank())
                .toList();
      };
    }

    String keys() {
      return this == HOLES ? "standardize=true&missing=mean" : "standardize=true";
    }

    boolean hasHeader() {
      return this == MADE;
    }

    private static List<String> made(boolean header, String[] classes, int holes) {
      Random random = new Random(11);
      List<String> lines = new ArrayList<>();
      if (header) {
        lines.add("large,small,noise,kind");
      }
      for (int row = 0; row < 240; row++) {
        int kind = row * classes.length / 240;
        double[] values = {
          10_000 + 700 * kind + 150 * random.nextGaussian(),
          1e-4 * (kind - 1) * (kind - 1) + 2e-5 * random.nextGaussian(),
          random.nextGaussian()
        };
        List<String> cells = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
          boolean hole = (row + 3 * i) % holes == holes - 1;
          cells.add(hole ? "" : String.format(Locale.ROOT, "%.6g", values[i]));
        }
        String label = classes[kind];
        cells.add(label.contains(",") ? '"' + label + '"' : label);
        lines.add(String.join(",", cells));
      }
      return lines;
    }
  }

  private record Result(int exitCode, String out, String err) {}

  private static Result swage(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return new Result(command.execute(args), out.toString(), err.toString());
  }

  private Path write(String name, List<String> lines) throws IOException {
    return Files.writeString(folder.resolve(name), String.join("\n", lines) + "\n");
  }

  private Path train(String train, String test, int features, int classes) throws IOException {
    String[] parts = train.split("\\?", 2);
    Path recipe =
        Files.writeString(
            folder.resolve("table.yaml"),
            RECIPE.formatted(parts[0], parts[1], test, features, classes));
    Path out = folder.resolve("out");
    Result result =
        swage("train", recipe.toString(), "--data-dir", folder.toString(), "--out", out.toString());
    assertThat(result.exitCode()).as(result.err()).isZero();
    return out.resolve("model.onnx");
  }

  /** The rows of what {@code evaluate --predictions} writes, without their numbers. */
  private List<List<String>> predictions(Path model, Path data) throws IOException {
    Path file = folder.resolve("predictions.csv");
    Result result =
        swage("evaluate", model.toString(), "--data", "csv:" + data, "--predictions", "" + file);
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
  void everyFileGetsTheSameAnswers(Table table) throws IOException {
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
    assertThat(swage("inspect", "" + model).out())
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
      Table table, Path model, Path all, List<String> rows, List<List<String>> whole)
      throws IOException {
    Path json = folder.resolve("e.json");
    Result result =
        swage("evaluate", model.toString(), "--data", "csv:" + all, "--json", json.toString());
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
    for (Result result :
        List.of(
            swage("evaluate", "" + model, "--data", data),
            swage("compare", "" + model, "" + model, "--data", data),
            swage("calibrate", "" + model, "--data", data),
            swage("plan", "" + model, "--mode", "static", "--calibrate", data),
            swage(
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
      Result result = swage(args.toArray(String[]::new));
      assertThat(result.exitCode()).as(mode + result.err() + result.out()).isZero();
      assertThat(DataSchema.of(OnnxReader.read(out)))
          .isEqualTo(DataSchema.of(OnnxReader.read(model)));
      Result compared =
          swage(
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
    List<String> lines = Table.MADE.lines();
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
    Result result = swage("evaluate", "" + model, "--data", "csv:" + test, "--min-accuracy", "0.9");
    assertThat(result.exitCode()).as(result.out() + result.err()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "csv:t.csv?task=regression|cross-entropy|is for classes, and the targets of csv:t.csv?task=regression are values; use mean-squared-error or huber, or say task=classification in the data",
        "csv:t.csv?task=regression|binary-cross-entropy|is for classes, and the targets of csv:t.csv?task=regression are values; use mean-squared-error or huber, or say task=classification in the data",
        "csv:t.csv|mean-squared-error|is for values, and the targets of csv:t.csv are 2 classes; use a cross-entropy loss, or say task=regression in the data",
        "moons:?n=100|huber|is for values, and the targets of moons:?n=100 are 2 classes; use a cross-entropy loss",
        "csv:t.csv?label=none|cross-entropy|needs targets, and csv:t.csv?label=none has none; say label=COLUMN"
      })
  void theLossIsHeldAgainstTheTargetsBeforeTraining(String data, String loss, String message)
      throws IOException {
    List<String> table = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      table.add("%d,%d,%d".formatted(i, i * i, i % 2));
    }
    write("t.csv", table);
    String recipe =
        RECIPE
            .formatted("t.csv", "x", "t.csv", 2, 2)
            .replace("csv:t.csv?x", data)
            .replace("loss: cross-entropy", "loss: " + loss);
    Path file = Files.writeString(folder.resolve("r.yaml"), recipe);
    Path out = folder.resolve("out");
    for (String command : List.of("train", "sweep")) {
      List<String> args = new ArrayList<>(List.of(command, "" + file, "--data-dir", "" + folder));
      args.addAll(
          command.equals("train") ? List.of("--out", "" + out) : List.of("--over", "seed=1..2"));
      Result result = swage(args.toArray(String[]::new));
      assertThat(result.exitCode()).as(result.err()).isEqualTo(ExitCode.USAGE);
      assertThat(result.err().lines().toList())
          .anySatisfy(
              line -> assertThat(line).startsWith("swage: table: train.loss '").contains(message));
      assertThat(out.resolve("model.onnx")).doesNotExist();
      assertThat(out.resolve("checkpoint")).doesNotExist();
    }
  }

  @Test
  void predictionsOfValuesAreValues() throws IOException {
    List<String> table = new ArrayList<>(List.of("a,b,y"));
    for (int i = 0; i < 60; i++) {
      table.add("%d,%d,%d.5".formatted(1000 + i, i % 7, 2 * i + i % 7));
    }
    write("t.csv", table);
    String recipe =
        RECIPE
            .formatted("t.csv", "task=regression&standardize=true", "t.csv", 2, 1)
            .replace("    - softmax\n", "")
            .replace("loss: cross-entropy", "loss: mean-squared-error");
    Path file = Files.writeString(folder.resolve("r.yaml"), recipe);
    Path out = folder.resolve("out");
    Result trained = swage("train", "" + file, "--data-dir", "" + folder, "--out", "" + out);
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    Path bare = write("bare.csv", List.of("b,a", "3,1010"));
    Path answers = folder.resolve("p.csv");
    Result result =
        swage(
            "evaluate",
            "" + out.resolve("model.onnx"),
            "--data",
            "csv:" + bare,
            "--predictions",
            "" + answers);
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(Files.readAllLines(answers)).hasSize(2).first().isEqualTo("row,value");
  }

  @Test
  void predictionsNeverReplaceAnInput() throws IOException {
    Path all = write("all.csv", Table.MADE.lines());
    Path model = train("all.csv?standardize=true", "all.csv", 3, 3);
    byte[] before = Files.readAllBytes(model);
    Result result =
        swage("evaluate", "" + model, "--data", "csv:" + all, "--predictions", "" + model);
    assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(Arrays.equals(Files.readAllBytes(model), before)).isTrue();
  }
}
