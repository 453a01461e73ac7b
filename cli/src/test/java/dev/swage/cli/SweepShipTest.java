package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.cli.console.ExitCode;
import dev.swage.report.JsonReports;
import dev.swage.report.SweepReport;
import dev.swage.report.SweepRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sweep that also makes and measures what its recipe ships. */
final class SweepShipTest {
  @TempDir private Path folder;

  @Test
  void shippedFilesAreMeasuredAndSeedsAveraged() throws IOException {
    Path recipe = folder.resolve("small.yaml");
    Files.writeString(
        recipe,
        """
        name: small
        data:
          train: "moons:?n=640"
          test: "moons:?n=200&split=test"
        model:
          input: [2]
          layers:
            - dense: 16
            - relu
            - dense: 2
        train:
          loss: cross-entropy-logits
          optimizer: {adamw: {lr: 0.02}}
          batch: 32
          epochs: 4
          clip: none
        quantize:
          weights: int4
          activations: none
        ship: [float32, int8, {int2: {per-tensor: true, range: min-max}}]
        """);
    Path json = folder.resolve("sweep.json");
    CommandRun run =
        CommandRun.of(
            "sweep",
            recipe.toString(),
            "--ship",
            "--over",
            "train.range=none|{weight-clip: {absolute: 0.5}}",
            "--over",
            "seed=1..3",
            "--json",
            json.toString());
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.DONE);
    List<SweepRun> runs = JsonReports.read(json, SweepReport.class).runs();
    assertThat(runs)
        .hasSize(6)
        .allSatisfy(one -> {
          assertThat(one.shipped())
              .extracting(SweepRun.Shipped::name)
              .containsExactly("int8", "int2", "w4a32-untrained", "w4a32");
          double floats = one.accuracy().orElseThrow();
          assertThat(one.shipped().getFirst().accuracy().orElseThrow())
              .isBetween(floats - 0.03, 1.0);
          assertThat(one.shipped().getFirst().loss()).isPresent();
        });
    double[] of8 =
        runs.stream()
            .limit(3)
            .mapToDouble(one -> 100 * one.shipped().getFirst().accuracy().orElseThrow())
            .toArray();
    double mean = (of8[0] + of8[1] + of8[2]) / 3;
    double spread = Math.sqrt((sq(of8[0] - mean) + sq(of8[1] - mean) + sq(of8[2] - mean)) / 2);
    String means = run.out().substring(run.out().indexOf("seeds"));
    assertThat(means.lines().filter(line -> line.startsWith("none")).toList())
        .singleElement()
        .asString()
        .contains(" 3       0 ")
        .contains(String.format(Locale.ROOT, "%.2f ± %.2f", mean, spread));
  }

  private static double sq(double x) {
    return x * x;
  }
}
