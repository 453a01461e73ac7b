package dev.swage.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.cli.Main;
import dev.swage.cli.console.ExitCode;
import dev.swage.cli.console.UsageException;
import dev.swage.report.JsonReports;
import dev.swage.report.SweepReport;
import dev.swage.report.SweepRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepTest {
  @TempDir private Path folder;

  @Test
  void allCombinationsTheLastFastest() {
    assertThat(Sweep.combinations(List.of("seed=1..2", "train.clip=none | {norm: 1}")))
        .extracting(run -> run.stream().map(s -> s.key() + "=" + s.value()).toList())
        .containsExactly(
            List.of("seed=1", "train.clip=none"),
            List.of("seed=1", "train.clip={norm: 1}"),
            List.of("seed=2", "train.clip=none"),
            List.of("seed=2", "train.clip={norm: 1}"));
  }

  @Test
  void wrongOptionsSayWhatIsRight() {
    for (String wrong : List.of("seed", "seed=", "=1", "seed=1||2", "seed=5..1", "a=1..5000")) {
      assertThatThrownBy(() -> Sweep.combinations(List.of(wrong)))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("--over " + wrong);
    }
    assertThatThrownBy(() -> Sweep.combinations(List.of("a=1..100", "b=1..100")))
        .hasMessageContaining("more than 1000 runs");
  }

  @Test
  void aRunThatBlowsUpIsARowLikeTheOthers() throws IOException {
    Path recipe = folder.resolve("deep.yaml");
    Files.writeString(
        recipe,
        """
        name: deep
        data:
          train: "blobs:?n=640&features=8&classes=3&seed=1"
          test: "blobs:?n=300&features=8&classes=3&seed=1&split=test"
        model:
          input: [8]
          layers:
            - dense: 16
            - repeat: {times: 12, layers: [{residual: [{dense: 16}, relu, {dense: 16}]}]}
            - dense: 3
        train:
          loss: cross-entropy-logits
          optimizer: {sgd: {lr: 0.5, momentum: 0.9}}
          batch: 64
          epochs: 3
          clip: none
        """);
    Path json = folder.resolve("sweep.json");
    int exit =
        Main.run(
            "sweep",
            recipe.toString(),
            "--over",
            "train.clip=none|{norm: 0.1}",
            "--quiet",
            "--json",
            json.toString());
    assertThat(exit).isEqualTo(ExitCode.DONE);
    List<SweepRun> runs = JsonReports.read(json, SweepReport.class).runs();
    assertThat(runs).hasSize(2);
    assertThat(runs.get(0).failure()).contains("step");
    assertThat(runs.get(0).accuracy()).isEmpty();
    assertThat(runs.get(1).failure()).isEmpty();
    assertThat(runs.get(1).clip().steps()).isEqualTo(30);
    assertThat(runs.get(1).clip().clippedSteps()).isPositive();
    assertThat(runs.get(1).accuracy().orElseThrow()).isBetween(0.0, 1.0);
  }
}
