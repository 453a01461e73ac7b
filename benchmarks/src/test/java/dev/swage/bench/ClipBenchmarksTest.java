package dev.swage.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class ClipBenchmarksTest {
  @Test
  void everyMethodIsCheckedThenMeasured() {
    try (Arena arena = Arena.ofShared()) {
      Outcome outcome =
          new ClipMethodsBenchmark()
              .measure(ParameterSet.small(arena, 0.1f), new PairedBenchmark(0, 1), 5);

      assertThat(outcome.claims()).hasSize(10);
      assertThat(outcome.pairs()).hasSize(10);
    }
  }

  @Test
  void spikesAreCheckedThenMeasured() {
    try (Arena arena = Arena.ofShared()) {
      Outcome outcome =
          new ClipSpikesBenchmark()
              .measure(arena, ParameterSet.small(arena, 0.1f), new PairedBenchmark(0, 1));

      assertThat(outcome.pairs()).hasSize(1);
    }
  }
}
