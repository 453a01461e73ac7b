package dev.swage.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ThresholdScheduleTest {
  static Stream<ThresholdSchedule> all() {
    return Stream.of(
        ThresholdSchedule.constant(0.5),
        ThresholdSchedule.linear(2, 0.1, 100),
        ThresholdSchedule.cosine(2, 0.1, 100),
        ThresholdSchedule.step(2, 10, 0.5, 0.01),
        ThresholdSchedule.exponential(2, 0.9, 0.01),
        ThresholdSchedule.warmUp(ThresholdSchedule.linear(2, 0.1, 100)));
  }

  @ParameterizedTest
  @MethodSource("all")
  void thresholdsStayPositiveAndFinite(ThresholdSchedule schedule) {
    for (long step : new long[] {0, 1, 9, 10, 99, 100, 101, 1000, 1_000_000, Long.MAX_VALUE}) {
      assertThat(schedule.at(ClipStep.of(step))).isPositive().isFinite();
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -0.0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void aThresholdThatIsNoneIsRejected(double threshold) {
    assertThatThrownBy(() -> Clip.byGlobalNorm(threshold))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "clip threshold must be finite and > 0, got %s; to switch clipping off use Clip.none()"
                .formatted(threshold));
  }

  @Test
  void aScheduleToZeroIsRejected() {
    assertThatThrownBy(() -> ThresholdSchedule.linear(1, 0, 100))
        .hasMessage(
            "clip threshold 'to' must be finite and > 0, got 0.0;"
                + " to switch clipping off use Clip.none()");
    assertThatThrownBy(() -> ThresholdSchedule.exponential(1, 0.9, 0))
        .hasMessageStartingWith("clip threshold 'floor' must be finite and > 0, got 0.0");
  }

  @Test
  void lineAndCosineMeetTheirEndsAndMiddle() {
    for (ThresholdSchedule schedule :
        new ThresholdSchedule[] {
          ThresholdSchedule.linear(3, 1, 10), ThresholdSchedule.cosine(3, 1, 10)
        }) {
      assertThat(schedule.at(ClipStep.of(0))).isEqualTo(3);
      assertThat(schedule.at(ClipStep.of(5))).isCloseTo(2, within(1e-12));
      assertThat(schedule.at(ClipStep.of(10))).isEqualTo(1);
      assertThat(schedule.at(ClipStep.of(11))).isEqualTo(1);
    }
    assertThat(ThresholdSchedule.cosine(3, 1, 4).at(ClipStep.of(1)))
        .isCloseTo(2 + Math.sqrt(0.5), within(1e-12));
  }

  @Test
  void warmUpLeavesNoStepWithoutAThreshold() {
    ThresholdSchedule schedule = ThresholdSchedule.warmUp(ThresholdSchedule.constant(0.5));
    assertThat(schedule.at(ClipStep.of(0))).isEqualTo(5);
    assertThat(schedule.at(ClipStep.of(999))).isEqualTo(5);
    assertThat(schedule.at(ClipStep.of(1000))).isEqualTo(0.5);
  }

  @Test
  void wrongShapesAreNamed() {
    assertThatThrownBy(() -> ThresholdSchedule.linear(1, 2, 0))
        .hasMessage("steps must be at least 1, got 0");
    assertThatThrownBy(() -> ThresholdSchedule.step(1, 10, 1.5, 0.1))
        .hasMessage("factor must be in (0, 1], got 1.5");
    assertThatThrownBy(() -> new ThresholdSchedule.WarmUp(0.5, 10, ThresholdSchedule.constant(1)))
        .hasMessage("factor must be finite and >= 1, got 0.5");
  }
}
