package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swage.data.DataSchema;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.report.EpochPoint;
import dev.swage.report.FinetuneReport;
import dev.swage.report.JsonReports;
import dev.swage.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code finetune} as a user runs it. */
final class FinetuneCommandTest {
  @TempDir private Path folder;
  private FinetuneFiles files = new FinetuneFiles(Path.of(""));

  @BeforeEach
  void write() throws IOException {
    files = FinetuneFiles.in(folder);
  }

  private Path out() {
    return folder.resolve("tuned.onnx");
  }

  private CommandRun run(String model, String data, String... options) {
    List<String> args =
        new ArrayList<>(List.of("finetune", "" + files.model(model), "--data", files.data(data)));
    args.addAll(List.of(options));
    args.addAll(List.of("-o", "" + out()));
    return CommandRun.of(args.toArray(String[]::new));
  }

  private CommandRun done(String model, String data, String... options) {
    CommandRun run = run(model, data, options);
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.err()).isEmpty();
    return run;
  }

  private void assertAccurate(String data) {
    CommandRun run =
        CommandRun.of("evaluate", "" + out(), "--data", files.data(data), "--min-accuracy", "0.95");
    assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
  }

  @Test
  void with_nothing_but_a_model_and_data() throws IOException {
    byte[] before = Files.readAllBytes(files.model("net"));
    CommandRun run = done("net", "flowers.csv", "--lr", "0.01");
    assertThat(run.out())
        .contains("as it is: loss ")
        .contains("216 samples to train on, 24 to validate with; cross-entropy on logits, AdamW")
        .containsPattern(
            "tuned.onnx: loss [0-9.]+, accuracy [0-9.]+ %, .*f1 [0-9.]+ on 24 samples that were not trained on");
    assertThat(run.out())
        .containsPattern("class \\\\ taken for +high +low +mid\\R")
        .containsPattern("mid +\\d+ +\\d+ +\\d+\\R");
    assertThat(DataSchema.of(OnnxReader.read(out())).classNames())
        .containsExactly("high", "low", "mid");
    assertThat(Files.readAllBytes(files.model("net"))).isEqualTo(before);
    assertAccurate("others.csv");
    byte[] once = Files.readAllBytes(out());
    done("net", "flowers.csv", "--lr", "0.01");
    assertThat(OnnxReader.read(out()).graph().initializers().keySet())
        .contains("dense1.weight", "dense2.bias");
    assertThat(Files.size(out())).isEqualTo(once.length);
    assertThat(FinetuneFiles.weight(out(), "dense1.weight"))
        .isEqualTo(
            FinetuneFiles.weight(Files.write(folder.resolve("once.onnx"), once), "dense1.weight"));
  }

  @Test
  void a_new_head_has_as_many_outputs_as_it_was_told() {
    CommandRun run = done("wide", "flowers.csv", "--head", "3", "--lr", "0.01");
    assertThat(run.out()).doesNotContain("as it is").contains("cross-entropy on probabilities");
    OnnxModel tuned = OnnxReader.read(out());
    assertThat(Objects.requireNonNull(tuned.graph().initializers().get("head.weight")).shape())
        .isEqualTo(Shape.of(8, 3));
    assertAccurate("others.csv");
  }

  /** The columns are the model's, whatever their order; the classes are those of the new data. */
  @Test
  void a_new_head_of_a_model_that_knows_its_table_has_the_classes_of_the_new_data()
      throws IOException {
    done("net", "flowers.csv", "--lr", "0.01");
    Files.move(out(), files.model("known"));
    List<String> lines = new ArrayList<>(List.of("extra,d,c,b,a,sort"));
    for (String line : Files.readAllLines(folder.resolve("flowers.csv"))) {
      String[] cells = line.split(",", -1);
      if (!cells[0].equals("a")) {
        String sort = cells[4].equals("low") ? "small" : "not small";
        lines.add(String.join(",", "7", cells[3], cells[2], cells[1], cells[0], sort));
      }
    }
    Files.write(folder.resolve("sorts.csv"), lines);
    done("known", "sorts.csv", "--head", "2", "--lr", "0.01");
    DataSchema schema = DataSchema.of(OnnxReader.read(out()));
    assertThat(schema.classNames()).containsExactly("not small", "small");
    assertThat(schema.features()).containsExactly("a", "b", "c", "d");
    assertThat(schema.label()).contains("sort");
    assertAccurate("sorts.csv");
  }

  /** Words are the model's; what the texts are told apart by is new. */
  @Test
  void a_new_head_of_a_model_of_texts_has_the_classes_of_the_new_data() {
    String words = "lines:" + folder.resolve("words") + "?length=8";
    for (String[] step : new String[][] {{"reader", "read"}, {"read", "again"}}) {
      CommandRun run =
          CommandRun.of(
              "finetune",
              "" + files.model(step[0]),
              "--data",
              words,
              "--head",
              "2",
              "--lr",
              "0.05",
              "-o",
              "" + files.model(step[1]));
      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(DataSchema.of(OnnxReader.read(files.model(step[1]))).classNames())
          .containsExactly("down", "up");
    }
  }

  @ParameterizedTest
  @CsvSource({"--train,dense2*", "--freeze,dense1*"})
  void only_a_part_is_trained(String option, String pattern) {
    done("net", "flowers.csv", option, pattern, "--epochs", "2");
    for (String name : List.of("dense1.weight", "dense1.bias")) {
      assertThat(FinetuneFiles.weight(out(), name))
          .isEqualTo(FinetuneFiles.weight(files.model("net"), name));
    }
    assertThat(FinetuneFiles.weight(out(), "dense2.weight"))
        .isNotEqualTo(FinetuneFiles.weight(files.model("net"), "dense2.weight"));
  }

  @Test
  void validation_may_be_data_of_its_own() {
    CommandRun run =
        done("net", "flowers.csv", "--validation", files.data("others.csv"), "--epochs", "2");
    assertThat(run.out())
        .contains("240 samples to train on, 60 to validate with")
        .contains(" on 60 samples that were not trained on");
  }

  @Test
  void the_report_holds_both_scores_and_every_epoch() throws IOException {
    Path json = folder.resolve("tuned.json");
    done("net", "flowers.csv", "--epochs", "3", "--lr", "0.01", "--json", "" + json);
    FinetuneReport report = JsonReports.read(json, FinetuneReport.class);
    assertThat(report.source()).isEqualTo("" + files.model("net"));
    assertThat(report.model()).isEqualTo("" + out());
    assertThat(report.data()).isEqualTo(files.data("flowers.csv"));
    assertThat(report.samples()).isEqualTo(216);
    assertThat(report.trained()).isEqualTo(4 * 8 + 8 + 8 * 3 + 3);
    assertThat(report.epochs()).extracting(EpochPoint::epoch).containsExactly(1, 2, 3);
    FinetuneReport.ValidationScore first = report.before().orElseThrow();
    assertThat(report.after().loss()).isLessThan(first.loss());
    assertThat(report.after().figures()).containsKey("f1");
    double accuracy = report.after().accuracy().orElseThrow();
    assertThat(report.classes()).containsExactly("high", "low", "mid");
    List<List<Long>> confusion = report.after().confusion();
    assertThat(confusion).hasSize(3).allSatisfy(row -> assertThat(row).hasSize(3));
    assertThat(confusion.stream().flatMap(List::stream).mapToLong(n -> n).sum()).isEqualTo(24);
    long right = confusion.get(0).get(0) + confusion.get(1).get(1) + confusion.get(2).get(2);
    assertThat(right / 24.0).isCloseTo(accuracy, within(1e-9));
    assertThat(JsonReports.render(report) + "").isEqualTo(Files.readString(json));
  }

  @Test
  void the_report_of_a_new_head_has_no_score_before_and_stands_alone_on_standard_output()
      throws IOException {
    CommandRun run = run("net", "flowers.csv", "--head", "3", "--epochs", "1", "--json", "-");
    assertThat(run.exitCode()).as(run.err()).isZero();
    Path json = Files.writeString(folder.resolve("out.json"), run.out());
    assertThat(JsonReports.read(json, FinetuneReport.class).before()).isEmpty();
    assertThat(run.out()).doesNotContain("\"before\"");
  }

  @Test
  void values_are_met_by_squared_error() throws IOException {
    Path json = folder.resolve("tuned.json");
    CommandRun run =
        done(
            "slope",
            "values.csv?task=regression",
            "--lr",
            "0.1",
            "--epochs",
            "30",
            "--metric",
            "r2",
            "--json",
            "" + json);
    assertThat(run.out()).contains("mean squared error").contains("mean-absolute-error");
    FinetuneReport report = JsonReports.read(json, FinetuneReport.class);
    assertThat(report.after().figures().get("r2")).isGreaterThan(0.99);
    assertThat(report.after().accuracy()).isEmpty();
    assertThat(report.after().confusion()).isEmpty();
    assertThat(run.out()).doesNotContain("taken for");
  }

  @Test
  void a_model_that_gets_no_better_stays_as_it_was() throws IOException {
    done("net", "flowers.csv", "--lr", "0.02");
    Path good = Files.move(out(), files.model("good"));
    CommandRun run = run("good", "flowers.csv", "--lr", "30", "--epochs", "1", "--clip", "none");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("no epoch was better than the model as it is");
    assertThat(FinetuneFiles.weight(out(), "dense1.weight"))
        .isEqualTo(FinetuneFiles.weight(good, "dense1.weight"));
  }

  @Test
  void few_samples_are_one_batch() throws IOException {
    List<String> lines = Files.readAllLines(folder.resolve("flowers.csv"));
    Files.write(folder.resolve("few.csv"), lines.subList(0, 13));
    CommandRun run = done("net", "few.csv", "--epochs", "2");
    assertThat(run.out()).contains("11 samples to train on, 1 to validate with");
  }
}
