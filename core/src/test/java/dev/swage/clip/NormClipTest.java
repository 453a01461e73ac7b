package dev.swage.clip;

import static dev.swage.clip.GradientsFixture.clip;
import static dev.swage.clip.GradientsFixture.floats;
import static dev.swage.clip.GradientsFixture.norm;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swage.testkit.TestFloats;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NormClipTest {
  /** Float rounding of each product and of the coefficient. */
  private static final double ROUNDING = 2e-7;

  static Gradients random(double scale) {
    return GradientsFixture.of(
        TestFloats.gaussian(1000, scale, 1),
        TestFloats.gaussian(17, 3 * scale, 2),
        TestFloats.gaussian(4000, scale / 25, 3),
        new float[5]);
  }

  private static GradientClipper global(NormOrder order, double threshold) {
    return Clip.byNorm(order, NormScope.GLOBAL, ThresholdSchedule.constant(threshold));
  }

  static Stream<Object[]> ordersAndScales() {
    return GradientsFixture.orders().stream()
        .flatMap(order ->
            Stream.of(1e-30, 1e-3, 1.0, 1e20, 1e30).map(scale -> new Object[] {order, scale}));
  }

  @ParameterizedTest
  @MethodSource("ordersAndScales")
  void theNormAfterClippingEqualsTheBound(NormOrder order, double scale) {
    Gradients gradients = random(scale);
    double bound = norm(order, gradients) / 3;
    ClipDecision decision = global(order, bound).decide(gradients, ClipStep.of(0));
    double after = norm(order, clip(gradients, global(order, bound)));
    assertThat(after / bound).isCloseTo(1, within(ROUNDING));
    assertThat(decision.record().clipped()).isTrue();
    assertThat(decision.record().normAfter() / after).isCloseTo(1, within(ROUNDING));
    assertThat(decision.record().normBefore() / norm(order, gradients)).isCloseTo(1, within(1e-12));
  }

  @ParameterizedTest
  @MethodSource("dev.swage.clip.GradientsFixture#orders")
  void upToTheBoundNothingChanges(NormOrder order) {
    Gradients gradients = random(1);
    double exact = order.norm(order.parts(gradients));
    for (double bound : new double[] {exact, exact * 1.5}) {
      ClipDecision decision = global(order, bound).decide(gradients, ClipStep.of(0));
      assertThat(decision).isInstanceOf(ClipDecision.Keep.class);
      assertThat(decision.record().coefficient()).isEqualTo(1);
      assertThat(decision.record().normAfter()).isEqualTo(decision.record().normBefore());
      assertThat(decision.record().clipped()).isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource("dev.swage.clip.GradientsFixture#orders")
  void clippingTwiceEqualsClippingOnce(NormOrder order) {
    Gradients once = clip(random(1), global(order, 0.5));
    Gradients twice = clip(once, global(order, 0.5));
    for (int i = 0; i < once.size(); i++) {
      float[] expected = floats(once, i);
      float[] got = floats(twice, i);
      float worst = 0;
      for (int k = 0; k < got.length; k++) {
        worst = Math.max(worst, Math.abs(got[k] - expected[k]) / Math.ulp(expected[k]));
      }
      assertThat(worst).as("units in the last place").isLessThanOrEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0x1p-40, 0x1p-3, 0x1p20})
  void scalingGradientsAndBoundScalesTheResult(double factor) {
    Gradients plain = clip(random(1), Clip.byGlobalNorm(0.5));
    Gradients scaled = clip(random(factor), Clip.byGlobalNorm(0.5 * factor));
    for (int i = 0; i < plain.size(); i++) {
      float[] expected = floats(plain, i);
      float[] got = floats(scaled, i);
      for (int k = 0; k < expected.length; k++) {
        expected[k] *= (float) factor;
      }
      // Exact: the factors are powers of two.
      assertThat(got).isEqualTo(expected);
    }
  }

  @Test
  void aTinyThresholdIsMetWithoutAnEpsilon() {
    Gradients gradients = random(1e-9);
    double after = norm(NormOrder.L2, clip(gradients, Clip.byGlobalNorm(1e-12)));
    assertThat(after / 1e-12).isCloseTo(1, within(ROUNDING));
  }

  @Test
  void aNormBeyondAllRatiosOfFloatsIsClippedBelowTheBound() {
    Gradients gradients = random(1e30);
    Gradients clipped = clip(gradients, Clip.byGlobalNorm(1e-30));
    assertThat(norm(NormOrder.L2, clipped)).isLessThanOrEqualTo(1e-30);
  }

  @Test
  void zeroGradientsAreKept() {
    Gradients zero = GradientsFixture.of(new float[10], new float[0]);
    for (NormScope scope : NormScope.values()) {
      for (NormOrder order : GradientsFixture.orders()) {
        ClipDecision decision =
            Clip.byNorm(order, scope, ThresholdSchedule.constant(0.5)).decide(zero, ClipStep.of(0));
        assertThat(decision).isInstanceOf(ClipDecision.Keep.class);
        assertThat(decision.record().normBefore()).isZero();
        assertThat(decision.record().topShares()).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.swage.clip.GradientsFixture#orders")
  void tensorsAreClippedApart(NormOrder order) {
    Gradients gradients = random(1);
    double bound = norm(order, floats(gradients, 1)) * 0.9;
    GradientClipper clipper =
        Clip.byNorm(order, NormScope.TENSOR, ThresholdSchedule.constant(bound));
    Gradients clipped = clip(gradients, clipper);
    for (int i = 0; i < gradients.size(); i++) {
      double before = norm(order, floats(gradients, i));
      double after = norm(order, floats(clipped, i));
      if (before > bound) {
        assertThat(after / bound).isCloseTo(1, within(ROUNDING));
      } else {
        assertThat(floats(clipped, i)).isEqualTo(floats(gradients, i));
      }
    }
    assertThat(norm(order, floats(clipped, 1))).isLessThan(norm(order, floats(gradients, 1)));
  }

  @Test
  void theTensorsOfALayerShareANorm() {
    Gradients gradients =
        GradientsFixture.of(new float[] {3}, new float[] {4}, new float[] {0.3f}, new float[] {0});
    GradientClipper clipper =
        Clip.byNorm(NormOrder.L2, NormScope.LAYER, ThresholdSchedule.constant(1));
    ClipDecision decision = clipper.decide(gradients, ClipStep.of(7));
    assertThat(decision)
        .isEqualTo(new ClipDecision.ScaleEach(List.of(0.2f, 0.2f, 1f, 1f), decision.record()));
    ClipRecord record = decision.record();
    assertThat(record.method()).isEqualTo("layer norm 2");
    assertThat(record.step()).isEqualTo(7);
    assertThat(record.normBefore()).isEqualTo(5);
    assertThat(record.threshold()).isEqualTo(1);
    assertThat(record.normAfter()).isCloseTo(1, within(ROUNDING));
  }

  @Test
  void theRecordNamesTheParametersWithTheLargestShares() {
    Gradients gradients =
        GradientsFixture.of(
            new float[] {1}, new float[] {0, 3}, new float[] {2}, new float[] {-4, 0});
    ClipRecord record = Clip.byGlobalNorm(1).decide(gradients, ClipStep.of(0)).record();
    assertThat(record.topShares())
        .containsExactly(
            new ClipRecord.Share("dense1.3", 16 / 30.0),
            new ClipRecord.Share("dense0.1", 9 / 30.0),
            new ClipRecord.Share("dense1.2", 4 / 30.0));
    assertThat(record.nonFinite()).isZero();
    assertThat(record.firstNonFinite()).isEmpty();
  }

  @Test
  void theScheduleIsAskedAtTheStep() {
    GradientClipper clipper = Clip.byGlobalNorm(ThresholdSchedule.linear(2, 1, 10));
    Gradients gradients = GradientsFixture.of(new float[] {10});
    assertThat(clipper.decide(gradients, ClipStep.of(0)).record().threshold()).isEqualTo(2);
    assertThat(clipper.decide(gradients, ClipStep.of(5)).record().threshold()).isEqualTo(1.5);
  }

  @Test
  void whatChangesInMemoryBetweenTwoDecisionsIsSeen() {
    Gradients gradients = GradientsFixture.of(new float[] {3}, new float[] {4});
    GradientClipper clipper = Clip.byGlobalNorm(1);
    assertThat(clipper.decide(gradients, ClipStep.of(0)).record().normBefore()).isEqualTo(5);
    gradients.get(0).data().fill((byte) 0);
    assertThat(clipper.decide(gradients, ClipStep.of(1)).record().normBefore()).isEqualTo(4);
  }

  @Test
  void withoutClippingTheNormIsMeasured() {
    Gradients gradients = random(1e6);
    ClipDecision decision = Clip.none().decide(gradients, ClipStep.of(0));
    assertThat(decision).isInstanceOf(ClipDecision.Keep.class);
    assertThat(decision.record().threshold()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(decision.record().normBefore() / norm(NormOrder.L2, gradients))
        .isCloseTo(1, within(1e-12));
  }
}
