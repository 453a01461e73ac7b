package dev.swage.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchArgumentsTest {
  @Test
  void anUnknownNameIsAnsweredWithTheNearest() {
    assertThatThrownBy(() -> Bench.Arguments.parse(List.of("clip-adam")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("no benchmark named clip-adam; nearest: clip-adamw, ");
  }

  @Test
  void withoutNamesEveryBenchmarkRuns() {
    assertThat(Bench.Arguments.parse(List.of()).benchmarks()).isEqualTo(Benchmarks.all());
  }

  @Test
  void aReportThatCannotBeWrittenIsRefusedBeforeMeasuring(@TempDir Path folder) {
    Path file = folder.resolve("missing").resolve("report.json");

    assertThatThrownBy(() -> Bench.Arguments.parse(List.of("--json", file.toString())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("--json: cannot write " + file);
  }

  @Test
  void optionsAreChecked() {
    assertThatThrownBy(() -> Bench.Arguments.parse(List.of("--jsn", "x")))
        .hasMessage("unknown option --jsn; known: --json FILE, --help");
    assertThatThrownBy(() -> Bench.Arguments.parse(List.of("--json")))
        .hasMessage("--json needs a file");
  }

  @Test
  void anOutcomeSurvivesTheWayThroughJson() {
    PairedBenchmark.Measured measured =
        new PairedBenchmark(0, 2)
            .run(
                List.of(
                    new Contender("ours", () -> {}, () -> 1_000_000),
                    new Contender("theirs", () -> {}, () -> 3_000_000)));
    Outcome outcome =
        new Outcome(
            "name",
            List.of("a fact"),
            List.of(Outcome.Pair.of(measured, 0, 1)),
            List.of(new Outcome.Trace("resident MiB", List.of(1.5, 2.5))),
            List.of(Claim.atLeast("speed-up", 3.0, 1.5)));

    assertThat(Json.readOutcome(Json.write(outcome))).isEqualTo(outcome);
    assertThat(Json.write(outcome)).contains("\"met\" : true");
    assertThat(BenchReport.table(outcome))
        .contains("  met    speed-up: 3.00, target at least 1.50\n")
        .contains("speed-up, median of rounds (quartiles)");
  }
}
