package dev.swage.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PairedBenchmarkTest {
  @Test
  void contendersAlternateAndTheFirstTurnMovesOn() {
    List<String> log = new ArrayList<>();
    Contender a = new Contender("a", () -> log.add("prepare a"), () -> logged(log, "a", 1));
    Contender b = new Contender("b", () -> log.add("prepare b"), () -> logged(log, "b", 1));

    new PairedBenchmark(1, 1).run(List.of(a, b));

    assertThat(log)
        .containsExactly("prepare a", "a", "prepare b", "b", "prepare b", "b", "prepare a", "a");
  }

  @Test
  void warmUpDoesNotCount() {
    List<String> log = new ArrayList<>();
    Contender slowAtFirst =
        new Contender("a", () -> {}, () -> logged(log, "a", log.isEmpty() ? 9_000_000 : 2_000_000));

    PairedBenchmark.Measured measured = new PairedBenchmark(1, 3).run(List.of(slowAtFirst));

    assertThat(measured.side(0).millis().values()).containsExactly(2.0, 2.0, 2.0);
  }

  @Test
  void speedupIsTheirsOverOursWithinARound() {
    long[] ours = {1_000_000, 2_000_000, 4_000_000};
    long[] theirs = {3_000_000, 4_000_000, 4_000_000};
    int[] round = {0, 0};
    PairedBenchmark.Measured measured =
        new PairedBenchmark(0, 3)
            .run(
                List.of(
                    new Contender("ours", () -> {}, () -> ours[round[0]++]),
                    new Contender("theirs", () -> {}, () -> theirs[round[1]++])));

    Series speedup = measured.speedup(0, 1);

    assertThat(speedup.values()).containsExactly(3.0, 2.0, 1.0);
    assertThat(speedup.median()).isEqualTo(2.0);
  }

  @Test
  void quartilesLieBetweenTheNearestRanks() {
    Series series = Series.of(List.of(4.0, 1.0, 3.0, 2.0));

    assertThat(series.lowerQuartile()).isEqualTo(1.75);
    assertThat(series.median()).isEqualTo(2.5);
    assertThat(series.upperQuartile()).isEqualTo(3.25);
    assertThat(series.values()).containsExactly(4.0, 1.0, 3.0, 2.0);
  }

  @Test
  void noRoundsAreRefused() {
    assertThatThrownBy(() -> new PairedBenchmark(0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("warm-up must be at least 0 and rounds at least 1, got 0 and 0");
  }

  @Test
  void aTargetThatWasNotMeasuredIsMissed() {
    assertThat(Claim.atLeast("speed-up", 1.5, 1.5).met()).isTrue();
    assertThat(Claim.atLeast("speed-up", 1.49, 1.5).met()).isFalse();
    assertThat(Claim.atMost("growth", 1.06, 1.05).met()).isFalse();
    assertThat(Claim.atLeast("speed-up", Double.NaN, 1.5).met()).isFalse();
    assertThat(Claim.atMost("growth", Double.NaN, 1.05).met()).isFalse();
  }

  private static long logged(List<String> log, String name, long nanos) {
    log.add(name);
    return nanos;
  }
}
