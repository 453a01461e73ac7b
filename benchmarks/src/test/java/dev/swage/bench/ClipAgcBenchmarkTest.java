package dev.swage.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.clip.Clip;
import dev.swage.clip.ClipDecision;
import dev.swage.clip.ClipStep;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class ClipAgcBenchmarkTest {
  @Test
  void theDecisionIsThatOfEveryUnit() {
    try (Arena arena = Arena.ofShared()) {
      ParameterSet set = ParameterSet.smallResNet(arena);
      ClipDecision decision = ClipAgcBenchmark.agc().decide(set.gradients(), ClipStep.of(0));

      assertThat(ClipAgcBenchmark.check(set, decision)).isBetween(0.2, 0.8);
      ClipDecision other = Clip.byGlobalNorm(1e-3).decide(set.gradients(), ClipStep.of(0));
      assertThatThrownBy(() -> ClipAgcBenchmark.check(set, other))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("clip-agc: norm after clipping ");
    }
  }

  @Test
  void resNet50HasItsParameters() {
    var parameters = NetworkShapes.resNet(64, 1000, 3, 4, 6, 3);

    assertThat(parameters).hasSize(161);
    assertThat(parameters.stream().mapToLong(p -> p.shape().elements()).sum())
        .isEqualTo(25_557_032);
  }
}
