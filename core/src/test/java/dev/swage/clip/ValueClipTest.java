package dev.swage.clip;

import static dev.swage.clip.GradientsFixture.clip;
import static dev.swage.clip.GradientsFixture.floats;
import static dev.swage.clip.GradientsFixture.norm;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ValueClipTest {
  @Test
  void bothSidesAreLimited() {
    Gradients gradients =
        GradientsFixture.of(new float[] {-2, -1, 0, 1, 2}, new float[] {-7, 0.5f});
    Gradients clipped = clip(gradients, Clip.byValue(-1, 0.25));
    assertThat(floats(clipped, 0)).containsExactly(-1, -1, 0, 0.25f, 0.25f);
    assertThat(floats(clipped, 1)).containsExactly(-1, 0.25f);
  }

  @Test
  void theRecordTellsNormsAndTheSmallestFactor() {
    Gradients gradients = NormClipTest.random(1);
    ClipDecision decision = Clip.byValue(0.5).decide(gradients, ClipStep.of(3));
    ClipRecord record = decision.record();
    assertThat(decision).isEqualTo(new ClipDecision.Clamp(-0.5f, 0.5f, record));
    assertThat(record.method()).isEqualTo("value ±0.5");
    assertThat(record.threshold()).isEqualTo(0.5);
    assertThat(record.normBefore() / norm(NormOrder.L2, gradients)).isCloseTo(1, within(1e-12));
    double after = norm(NormOrder.L2, clip(gradients, Clip.byValue(0.5)));
    assertThat(record.normAfter() / after).isCloseTo(1, within(1e-12));
    assertThat(record.coefficient()).isEqualTo(0.5 / norm(NormOrder.MAX, gradients));
  }

  @Test
  void withinTheBoundsNothingChanges() {
    Gradients gradients = GradientsFixture.of(new float[] {-1, 0.25f, 0}, new float[0]);
    assertThat(Clip.byValue(-1, 0.25).decide(gradients, ClipStep.of(0)))
        .isInstanceOf(ClipDecision.Keep.class);
  }

  @Test
  void clippingTwiceEqualsClippingOnce() {
    Gradients once = clip(NormClipTest.random(1), Clip.byValue(0.1));
    assertThat(Clip.byValue(0.1).decide(once, ClipStep.of(0)))
        .isInstanceOf(ClipDecision.Keep.class);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void aBoundThatIsNoneIsRejected(double bound) {
    assertThatThrownBy(() -> Clip.byValue(bound))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "clip threshold must be finite and > 0, got %s; to switch clipping off use Clip.none()"
                .formatted(bound));
  }

  @Test
  void boundsOnOneSideOfZeroAreRejected() {
    assertThatThrownBy(() -> Clip.byValue(1, 2))
        .hasMessage(
            "clip by value needs low <= 0 <= high and low < high, got [1.0, 2.0];"
                + " to switch clipping off use Clip.none()");
  }
}
