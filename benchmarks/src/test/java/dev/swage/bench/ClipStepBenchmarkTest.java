package dev.swage.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.train.AdamW;
import dev.swage.train.torch.lib.TorchRuntime;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClipStepBenchmarkTest {
  @BeforeAll
  static void libtorch() {
    Assumptions.assumeTrue(TorchRuntime.isAvailable(), TorchRuntime::describe);
  }

  @ParameterizedTest
  @ValueSource(strings = {"clip-adamw", "clip-sgd-momentum", "clip-sgd"})
  void ourStepsAgreeWithLibtorch(String name) {
    try (Arena arena = Arena.ofShared()) {
      ParameterSet set = ParameterSet.small(arena, 0.1f);
      ClipStepBenchmark benchmark = (ClipStepBenchmark) Benchmarks.find(name).orElseThrow();

      assertThat(benchmark.check(set)).startsWith("3 steps agree with libtorch's within ");
    }
  }

  @Test
  void anOptimizerThatDiffersIsNotMeasured() {
    try (Arena arena = Arena.ofShared()) {
      ClipStepBenchmark wrong =
          new ClipStepBenchmark(
              "wrong",
              AdamW.of(1e-3).withWeightDecay(0.02),
              set -> LibtorchPeer.adamW(set, 1e-3, 0.01),
              32);

      assertThatThrownBy(() -> wrong.check(ParameterSet.small(arena, 0.1f)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("wrong: parameters after 3 steps differ from libtorch's by ");
    }
  }
}
