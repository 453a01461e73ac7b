package dev.swage.clip;

import static dev.swage.clip.GradientsFixture.clip;
import static dev.swage.clip.GradientsFixture.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NonFinitePolicyTest {
  private static final float INF = Float.POSITIVE_INFINITY;

  private static Gradients good() {
    return GradientsFixture.of(new float[] {3}, new float[] {0, 4});
  }

  private static Gradients bad(float value) {
    return GradientsFixture.of(new float[] {3}, new float[] {0, value, 4, value});
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void failingNamesParameterCountAndStep(float value) {
    GradientClipper clipper = Clip.byGlobalNorm(1).onNonFinite(NonFinitePolicy.fail());
    NonFiniteGradientException failure =
        catchThrowableOfType(
            NonFiniteGradientException.class, () -> clipper.decide(bad(value), ClipStep.of(17)));
    assertThat(failure)
        .hasMessage(
            "step 17: gradient of dense0.1 has 2 NaN or infinite elements of 4, the first at index"
                + " 1; lower the learning rate, clip harder, or look at this step's batch");
    assertThat(failure.step()).isEqualTo(17);
    assertThat(failure.parameter()).isEqualTo("dense0.1");
    assertThat(failure.nonFinite()).isEqualTo(2);
  }

  @Test
  void skippingEndsAfterTheAllowedStepsInARow() {
    GradientClipper clipper = Clip.byGlobalNorm(1).onNonFinite(NonFinitePolicy.skipStep(2));
    for (int round = 0; round < 3; round++) {
      assertThat(clipper.decide(bad(INF), ClipStep.of(0))).isInstanceOf(ClipDecision.Skip.class);
      assertThat(clipper.decide(bad(INF), ClipStep.of(1))).isInstanceOf(ClipDecision.Skip.class);
      assertThat(clipper.decide(good(), ClipStep.of(2))).isInstanceOf(ClipDecision.Scale.class);
    }
    ClipDecision skip = clipper.decide(bad(Float.NaN), ClipStep.of(0));
    assertThat(((ClipDecision.Skip) skip).reason())
        .isEqualTo(
            "gradient of dense0.1 has 2 NaN or infinite elements of 4, the first at index 1");
    assertThat(skip.record().nonFinite()).isEqualTo(2);
    assertThat(skip.record().firstNonFinite()).contains("dense0.1");
    clipper.decide(bad(INF), ClipStep.of(1));
    assertThatThrownBy(() -> clipper.decide(bad(INF), ClipStep.of(9)))
        .isInstanceOf(NonFiniteGradientException.class)
        .hasMessageStartingWith("step 9, after 2 skipped steps in a row: gradient of dense0.1");
  }

  @Test
  void zeroingClipsWhatIsLeft() {
    GradientClipper clipper = Clip.byGlobalNorm(1).onNonFinite(NonFinitePolicy.zero());
    ClipDecision decision = clipper.decide(bad(Float.NaN), ClipStep.of(0));
    assertThat(decision.record().normBefore()).isEqualTo(5);
    assertThat(decision.record().nonFinite()).isEqualTo(2);
    assertThat(decision.record().clipped()).isTrue();
    assertThat(decision.record().topShares().getFirst().parameter()).isEqualTo("dense0.1");
    Gradients clipped = clip(bad(Float.NaN), clipper);
    assertThat(floats(clipped, 0)).containsExactly(3 * 0.2f);
    assertThat(floats(clipped, 1)).containsExactly(0, 0, 4 * 0.2f, 0);
  }

  @Test
  void zeroingWithinTheBoundChangesOnlyWhatIsNotFinite() {
    GradientClipper clipper = Clip.byValue(10).onNonFinite(NonFinitePolicy.zero());
    Gradients clipped = clip(bad(INF), clipper);
    assertThat(floats(clipped, 0)).containsExactly(3);
    assertThat(floats(clipped, 1)).containsExactly(0, 0, 4, 0);
    assertThat(clipper.decide(bad(INF), ClipStep.of(0)).record().clipped()).isTrue();
  }

  @Test
  void passingLeavesNonFiniteNormsAlone() {
    GradientClipper global = Clip.byGlobalNorm(1).onNonFinite(NonFinitePolicy.pass());
    assertThat(global.decide(bad(INF), ClipStep.of(0))).isInstanceOf(ClipDecision.Keep.class);
    assertThat(global.decide(bad(Float.NaN), ClipStep.of(0))).isInstanceOf(ClipDecision.Keep.class);
    GradientClipper tensors =
        Clip.byNorm(NormOrder.L2, NormScope.TENSOR, ThresholdSchedule.constant(1.5))
            .onNonFinite(NonFinitePolicy.pass());
    ClipDecision decision = tensors.decide(bad(Float.NaN), ClipStep.of(0));
    assertThat(((ClipDecision.ScaleEach) decision).coefficients()).containsExactly(0.5f, 1f);
    GradientClipper value = Clip.byValue(1).onNonFinite(NonFinitePolicy.pass());
    assertThat(floats(clip(bad(INF), value), 1)).containsExactly(0, 1, 1, 1);
    assertThat(floats(clip(bad(Float.NaN), value), 1)).containsExactly(0, Float.NaN, 1, Float.NaN);
  }

  @Test
  void unlessToldOtherwiseEveryClipperSkipsFiveStepsInARow() {
    for (GradientClipper clipper : List.of(Clip.none(), Clip.byValue(1), Clip.byGlobalNorm(1))) {
      for (int i = 0; i < 5; i++) {
        assertThat(clipper.decide(bad(INF), ClipStep.of(i))).isInstanceOf(ClipDecision.Skip.class);
      }
      assertThatThrownBy(() -> clipper.decide(bad(INF), ClipStep.of(5)))
          .isInstanceOf(NonFiniteGradientException.class);
    }
  }

  @Test
  void aClipperInsideSeesOnlyStepsThatAreTaken() {
    List<Long> seen = new ArrayList<>();
    GradientClipper remembering =
        new GradientClipper() {
          @Override
          public ClipDecision decide(Gradients gradients, ClipStep step) {
            seen.add(step.number());
            assertThat(gradients.measure().nonFinite()).isZero();
            return Clip.none().decide(gradients, step);
          }

          @Override
          public String describe() {
            return "remembering";
          }
        };
    GradientClipper skipping = remembering.onNonFinite(NonFinitePolicy.skipStep(5));
    GradientClipper zeroing = remembering.onNonFinite(NonFinitePolicy.zero());
    skipping.decide(good(), ClipStep.of(0));
    skipping.decide(bad(INF), ClipStep.of(1));
    skipping.decide(good(), ClipStep.of(2));
    zeroing.decide(bad(INF), ClipStep.of(3));
    assertThat(seen).containsExactly(0L, 2L, 3L);
  }

  @Test
  void theStepsSkippedInARowSurviveARestore() {
    GradientClipper first = Clip.byGlobalNorm(1).onNonFinite(NonFinitePolicy.skipStep(2));
    first.decide(bad(INF), ClipStep.of(0));
    first.decide(bad(INF), ClipStep.of(1));
    GradientClipper second = Clip.byGlobalNorm(1).onNonFinite(NonFinitePolicy.skipStep(2));
    second.restore(first.state());
    assertThatThrownBy(() -> second.decide(bad(INF), ClipStep.of(2)))
        .isInstanceOf(NonFiniteGradientException.class);
    second.reset();
    assertThat(second.decide(bad(INF), ClipStep.of(2))).isInstanceOf(ClipDecision.Skip.class);
    assertThatThrownBy(() -> second.restore(Map.of("skipped-in-a-row", new double[] {0.5})))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'skipped-in-a-row'");
    assertThatThrownBy(() ->
            second.restore(
                Map.of("skipped-in-a-row", new double[] {1}, "window", new double[] {1})))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("clip state 'window' is not of this clipper");
  }

  @Test
  void skippingNothingIsRejected() {
    assertThatThrownBy(() -> NonFinitePolicy.skipStep(0))
        .hasMessage(
            "maxConsecutive must be at least 1, got 0; to fail at once use NonFinitePolicy.fail()");
  }
}
