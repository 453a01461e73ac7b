package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.report.JsonReports;
import dev.swage.report.TrainingReport;
import dev.swage.report.WeightRanges;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A recipe with range control, from its file to its report. */
class RangeReportTest {
  private static final String RECIPE =
      """
      name: blobs
      data:
        train: "blobs:?n=640&features=8&classes=3&seed=1"
        test: "blobs:?n=300&features=8&classes=3&seed=1&split=test"
      model:
        input: [8]
        layers:
          - dense: 16
          - relu
          - dense: 3
      train:
        loss: cross-entropy-logits
        optimizer: {sgd: {lr: 0.05, momentum: 0.9}}
        batch: 32
        epochs: 3
        clip: {norm: 0.5}
      """;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  private int train(String text) throws IOException {
    Path recipe = folder.resolve("blobs.yaml");
    Files.writeString(recipe, text);
    CommandLine command =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return command.execute("train", recipe.toString(), "--out", folder.resolve("run").toString());
  }

  private WeightRanges ranges() {
    return JsonReports.read(folder.resolve("run/report.json"), TrainingReport.class)
        .runs()
        .getFirst()
        .ranges()
        .orElseThrow();
  }

  @Test
  void theReportTellsOfEachWeightBesideItsClipping() throws IOException {
    int code =
        train(
            RECIPE
                + """
                  range:
                    weight-clip: {absolute: 0.2}
                    kure: {weight: 0.1}
                    groups:
                      - {name: last, match: dense2.weight, weight-clip: {sigma: 2}}
                """);
    assertThat(err.toString()).isEmpty();
    assertThat(code).isZero();
    WeightRanges ranges = ranges();
    assertThat(ranges.weights())
        .extracting(WeightRanges.Weight::name, WeightRanges.Weight::control)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                "dense1.weight", "weight clip 0.2 + kure target 1.8 weight 0.1"),
            org.assertj.core.groups.Tuple.tuple("dense2.weight", "weight clip 2.0 sigma"));
    WeightRanges.Weight first = ranges.weights().getFirst();
    assertThat(first.epochs()).extracting(WeightRanges.Epoch::epoch).containsExactly(1, 2, 3);
    assertThat(first.epochs())
        .allSatisfy(epoch -> {
          assertThat(epoch.limit()).isBetween(0.1999, 0.2);
          assertThat(epoch.atLimit()).isGreaterThan(0.2);
          assertThat(epoch.gradientNorm()).isPositive();
          assertThat(epoch.errors())
              .extracting(WeightRanges.WidthCost::bits)
              .containsExactly(8, 4, 3, 2);
        });
    assertThat(first.epochs().getFirst().clippedShare()).isPositive();
    assertThat(ranges.findings())
        .anyMatch(line -> line.startsWith("at limit, dense1.weight: "))
        .allSatisfy(line -> assertThat(out.toString()).contains("range doctor: " + line));
    assertThat(Files.readString(folder.resolve("run/report.html")))
        .contains("From clipping to quantization", "dense2.weight, epoch by epoch");
    List<String> steps =
        Files.readAllLines(folder.resolve("run/history.jsonl")).stream()
            .filter(line -> line.contains("\"type\":\"step\""))
            .toList();
    assertThat(steps).hasSize(60).allMatch(line -> line.contains("\"rangeLoss\":"));
  }

  @Test
  void weightsWithoutRangeControlAreReportedOnRequestOnly() throws IOException {
    assertThat(train(RECIPE + "  report: weights\n")).isZero();
    assertThat(ranges().weights()).extracting(WeightRanges.Weight::control).containsOnly("none");
    assertThat(train(RECIPE)).isZero();
    assertThat(JsonReports.read(folder.resolve("run/report.json"), TrainingReport.class).runs())
        .allMatch(run -> run.ranges().isEmpty());
    assertThat(Files.readString(folder.resolve("run/history.jsonl"))).doesNotContain("rangeLoss");
  }

  @Test
  void aPatternThatMatchesNothingIsOneLine() throws IOException {
    int code = train(RECIPE + "  range: {groups: [{name: last, match: 'dense9.*', kure: {}}]}\n");
    assertThat(code).isNotZero();
    assertThat(err.toString().strip())
        .isEqualTo(
            "swage: range group 'last': no parameter matches 'dense9.*'; nearest: dense1.bias, dense2.bias, dense1.weight");
  }
}
