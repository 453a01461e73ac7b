package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LearningRateTest {
  @Test
  void constantIsTheBaseRate() {
    assertThat(LearningRate.constant().rate(123, 200, 0.3)).isEqualTo(0.3);
  }

  @Test
  void stepDecayFallsAfterEveryInterval() {
    LearningRate decay = LearningRate.stepDecay(10, 0.5);
    assertThat(decay.rate(9, 100, 0.8)).isEqualTo(0.8);
    assertThat(decay.rate(10, 100, 0.8)).isEqualTo(0.4);
    assertThat(decay.rate(39, 100, 0.8)).isEqualTo(0.1);
  }

  @Test
  void cosineFallsFromBaseToTheFinalFraction() {
    LearningRate cosine = new LearningRate.Cosine(0.1);
    assertThat(cosine.rate(0, 100, 2)).isEqualTo(2);
    assertThat(cosine.rate(50, 100, 2)).isCloseTo(1.1, within(1e-12));
    assertThat(cosine.rate(100, 100, 2)).isCloseTo(0.2, within(1e-12));
    assertThat(cosine.rate(150, 100, 2)).isCloseTo(0.2, within(1e-12));
    for (int step = 1; step <= 100; step++) {
      assertThat(cosine.rate(step, 100, 2)).isLessThan(cosine.rate(step - 1, 100, 2));
    }
  }

  @Test
  void warmUpRisesToTheFullRateWithoutAStepAtZero() {
    LearningRate warmUp = LearningRate.warmUp(4, LearningRate.constant());
    double[] expected = {0.2, 0.4, 0.6, 0.8, 1, 1};
    for (int step = 0; step < expected.length; step++) {
      assertThat(warmUp.rate(step, 6, 1)).isCloseTo(expected[step], within(1e-15));
    }
  }

  @Test
  void whatFollowsAWarmUpRunsOverTheRest() {
    LearningRate warmUp = LearningRate.warmUp(20, LearningRate.cosine());
    assertThat(warmUp.rate(20, 120, 1)).isEqualTo(1);
    assertThat(warmUp.rate(70, 120, 1)).isCloseTo(0.5, within(1e-12));
    assertThat(warmUp.rate(120, 120, 1)).isCloseTo(0, within(1e-12));
    assertThat(warmUp.rate(30, 10, 1)).isFinite();
  }

  @Test
  void wrongShapesAreNamed() {
    assertThatThrownBy(() -> LearningRate.stepDecay(0, 0.5))
        .hasMessage("every must be at least 1, got 0");
    assertThatThrownBy(() -> LearningRate.stepDecay(1, 0))
        .hasMessage("factor must be in (0, 1], got 0.0");
    assertThatThrownBy(() -> new LearningRate.Cosine(1))
        .hasMessage("finalFraction must be in [0, 1), got 1.0");
    assertThatThrownBy(() -> LearningRate.warmUp(0, LearningRate.constant()))
        .hasMessage("steps must be at least 1, got 0");
  }
}
