package dev.swage.clip;

import static dev.swage.clip.GradientsFixture.clip;
import static dev.swage.clip.GradientsFixture.copy;
import static dev.swage.clip.GradientsFixture.floats;
import static dev.swage.clip.GradientsFixture.norm;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CompositionTest {
  private static ThresholdSchedule constant(double threshold) {
    return ThresholdSchedule.constant(threshold);
  }

  static Stream<List<GradientClipper>> chains() {
    GradientClipper units = Clip.agc(constant(100), 1e-3, true);
    return Stream.of(
        List.of(Clip.byGlobalNorm(20), Clip.byValue(0.3)),
        List.of(Clip.byValue(0.3), Clip.byGlobalNorm(5)),
        List.of(Clip.byValue(0.3), Clip.byGlobalNorm(5), Clip.byValue(0.05)),
        List.of(units, Clip.byGlobalNorm(0.1)),
        List.of(Clip.byGlobalNorm(10), units, Clip.byValue(0.001)),
        List.of(
            Clip.byNorm(NormOrder.L1, NormScope.TENSOR, constant(30)),
            Clip.byNorm(NormOrder.MAX, NormScope.LAYER, constant(0.1)),
            Clip.byNorm(NormOrder.of(3), NormScope.GLOBAL, constant(0.02))),
        List.of(Clip.smooth(constant(3)), Clip.byBlockRms(constant(0.001))));
  }

  @ParameterizedTest
  @MethodSource("chains")
  void aChainIsOneClipperAfterTheOther(List<GradientClipper> stages) {
    Gradients stepwise = copy(NormClipTest.random(1));
    for (GradientClipper stage : stages) {
      stepwise = clip(stepwise, stage);
    }
    GradientClipper chain = Clip.chain(stages.toArray(GradientClipper[]::new));
    ClipRecord record = chain.decide(NormClipTest.random(1), ClipStep.of(0)).record();
    Gradients once = clip(NormClipTest.random(1), chain);
    for (int t = 0; t < once.size(); t++) {
      float[] expected = floats(stepwise, t);
      float[] got = floats(once, t);
      for (int i = 0; i < got.length; i++) {
        assertThat(got[i]).isCloseTo(expected[i], within(1e-6f * Math.abs(expected[i])));
      }
    }
    double after = norm(NormOrder.L2, once);
    assertThat(record.normAfter() / after).isCloseTo(1, within(1e-6));
    assertThat(record.stages()).hasSize(stages.size());
    assertThat(record.stages().getLast().clipped()).isTrue();
  }

  @Test
  void eachStageIsInTheRecord() {
    Gradients gradients = GradientsFixture.of(new float[] {3}, new float[] {4});
    ClipRecord record =
        Clip.chain(Clip.byGlobalNorm(1), Clip.byGlobalNorm(0.5), Clip.byGlobalNorm(2))
            .decide(gradients, ClipStep.of(0))
            .record();
    assertThat(record.method()).isEqualTo("chain");
    assertThat(record.normBefore()).isEqualTo(5);
    assertThat(record.normAfter()).isCloseTo(0.5, within(1e-6));
    assertThat(record.coefficient()).isCloseTo(0.1, within(1e-6));
    assertThat(record.stages().get(0).post()).isCloseTo(1, within(1e-6));
    assertThat(record.stages().get(1).pre()).isCloseTo(1, within(1e-6));
    assertThat(record.stages().get(2).clipped()).isFalse();
  }

  @Test
  void spikesAreClippedLast() {
    assertThatThrownBy(() -> Clip.chain(Clip.spikes(), Clip.byGlobalNorm(1)))
        .hasMessage(
            "clipping spikes happens inside the optimizer's pass: put it last in the chain");
    assertThatThrownBy(
            () -> Clip.chain(Clip.byGlobalNorm(1), Clip.spikes()).check(List.of(), false))
        .hasMessage(
            "clipping spikes needs Adam's second moment: use the optimizer adam or adamw, or clip by"
                + " another method");
  }

  @Test
  void aPolicyInsideAChainIsRefused() {
    assertThatThrownBy(
            () -> Clip.chain(Clip.byValue(1).onNonFinite(NonFinitePolicy.zero()), Clip.none()))
        .hasMessage(
            "what non-finite gradients do is said of a chain or of groups as a whole, not of 'value"
                + " ±1.0'");
  }

  private static Gradients four() {
    return GradientsFixture.of(
        new float[] {3, 4}, new float[] {1}, new float[] {10}, new float[] {0.1f});
  }

  @Test
  void eachGroupIsClippedByItself() {
    GradientClipper clipper =
        Clip.groups(
            List.of(
                ClipGroup.named("first", List.of("dense0.*"), Clip.byGlobalNorm(1)),
                ClipGroup.named("third", List.of("*.2"), Clip.byValue(0.5))),
            Clip.none());
    Gradients clipped = clip(four(), clipper);
    double norm = Math.sqrt(26);
    assertThat(floats(clipped, 0))
        .containsExactly(new float[] {(float) (3 / norm), (float) (4 / norm)}, within(1e-6f));
    assertThat(floats(clipped, 1)).containsExactly(new float[] {(float) (1 / norm)}, within(1e-6f));
    assertThat(floats(clipped, 2)).containsExactly(0.5f);
    assertThat(floats(clipped, 3)).containsExactly(0.1f);
    ClipRecord record = clipper.decide(four(), ClipStep.of(0)).record();
    assertThat(record.stages())
        .extracting(ClipRecord.Stage::name)
        .containsExactly("first", "third", "rest");
    assertThat(record.stages())
        .extracting(ClipRecord.Stage::clipped)
        .containsExactly(true, true, false);
    assertThat(record.normAfter()).isCloseTo(norm(NormOrder.L2, clipped), within(1e-6));
    assertThat(record.scope()).isEqualTo("group");
  }

  @Test
  void groupsThatCannotBeAreNamed() {
    List<ParameterInfo> parameters =
        four().entries().stream().map(Gradients.Entry::parameter).toList();
    assertThatThrownBy(() -> ClipGroup.named("none", List.of(), Clip.none()))
        .hasMessage("clip group 'none' is empty: give it name patterns or roles");
    GradientClipper stranger =
        Clip.groups(List.of(ClipGroup.named("a", List.of("dence1*"), Clip.none())), Clip.none());
    assertThatThrownBy(() -> stranger.check(parameters, false))
        .hasMessage(
            "clip group 'a': no parameter matches 'dence1*'; nearest: dense0.1, dense1.2, dense1.3");
    GradientClipper twice =
        Clip.groups(
            List.of(
                ClipGroup.named("a", List.of("dense1.*"), Clip.none()),
                ClipGroup.ofRoles("b", Set.of(ParameterRole.BIAS), Clip.none())),
            Clip.none());
    assertThatThrownBy(() -> twice.check(parameters, false))
        .hasMessage(
            "parameter 'dense1.2' is in the clip groups 'a' and 'b'; a parameter belongs to one");
    GradientClipper role =
        Clip.groups(
            List.of(ClipGroup.ofRoles("a", Set.of(ParameterRole.QUANTIZER), Clip.none())),
            Clip.none());
    assertThatThrownBy(() -> role.check(parameters, false))
        .hasMessage("clip group 'a': no parameter has the role quantizer; there are bias");
    assertThatThrownBy(() ->
            Clip.groups(
                List.of(
                    ClipGroup.named("a", List.of("x"), Clip.none()),
                    ClipGroup.named("a", List.of("y"), Clip.none())),
                Clip.none()))
        .hasMessage("two clip groups are called 'a'");
  }

  @Test
  void patternsMatchWholeNames() {
    assertThat(ParameterSelection.matches("dense*.weight", "dense12.weight")).isTrue();
    assertThat(ParameterSelection.matches("dense?.weight", "dense12.weight")).isFalse();
    assertThat(ParameterSelection.matches("dense1", "dense1.weight")).isFalse();
    assertThat(ParameterSelection.matches("a.b", "axb")).isFalse();
  }
}
