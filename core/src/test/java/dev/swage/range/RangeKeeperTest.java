package dev.swage.range;

import static dev.swage.tensor.Tensor.LE_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.clip.ParameterInfo;
import dev.swage.clip.ParameterRole;
import dev.swage.tensor.Shape;
import dev.swage.testkit.TestFloats;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Penalties against their formulas, written down once more in double; limits, groups, state. */
class RangeKeeperTest {
  private static final double LAMBDA = 0.3;
  private static final List<ParameterInfo> NET =
      List.of(
          ParameterInfo.of("a.weight", "a", Shape.of(7, 11)),
          ParameterInfo.of("a.bias", "a", Shape.of(7)),
          ParameterInfo.of("b.weight", "b", Shape.of(5, 6)));

  private final List<MemorySegment> weights =
      NET.stream().map(p -> values((int) p.shape().elements(), p.name().hashCode(), 0.5f)).toList();
  private final List<MemorySegment> gradients =
      NET.stream().map(p -> values((int) p.shape().elements(), 3, 1)).toList();

  private static MemorySegment values(int size, long seed, float deviation) {
    return MemorySegment.ofArray(TestFloats.gaussian(size, deviation, seed));
  }

  private static double[] doubles(MemorySegment x) {
    float[] floats = x.toArray(LE_FLOAT);
    double[] values = new double[floats.length];
    Arrays.setAll(values, i -> floats[i]);
    return values;
  }

  private static double kurtosisLoss(double[] w) {
    double mean = DoubleStream.of(w).average().orElseThrow();
    double s2 = DoubleStream.of(w).map(x -> Math.pow(x - mean, 2)).average().orElseThrow();
    double s4 = DoubleStream.of(w).map(x -> Math.pow(x - mean, 4)).average().orElseThrow();
    return Math.pow(s4 / (s2 * s2) - 1.8, 2) / 2; // of two weights
  }

  private static double largest(double[] w) {
    return DoubleStream.of(w).map(Math::abs).max().orElseThrow();
  }

  private static double softRange(double[] w) {
    return softMax(w, 1) - softMax(w, -1) + Math.exp(-1);
  }

  private static double softMax(double[] w, double alpha) {
    double total = DoubleStream.of(w).map(x -> Math.exp(alpha * x)).sum();
    return DoubleStream.of(w).map(x -> x * Math.exp(alpha * x)).sum() / total;
  }

  static Stream<Arguments> penalties() {
    return Stream.of(
        Arguments.of(new RangePenalty.Kure(1.8, LAMBDA), formula(RangeKeeperTest::kurtosisLoss)),
        Arguments.of(
            RangePenalty.r2(RangePenalty.R2.Kind.LINF, LAMBDA), formula(RangeKeeperTest::largest)),
        Arguments.of(
            RangePenalty.r2(RangePenalty.R2.Kind.SOFT_MIN_MAX, LAMBDA),
            formula(RangeKeeperTest::softRange)));
  }

  private static ToDoubleFunction<double[]> formula(ToDoubleFunction<double[]> formula) {
    return formula;
  }

  @ParameterizedTest
  @MethodSource("penalties")
  void lossAndGradientAreThoseOfTheFormula(
      RangePenalty penalty, ToDoubleFunction<double[]> formula) {
    List<MemorySegment> before =
        gradients.stream().map(g -> MemorySegment.ofArray(g.toArray(LE_FLOAT))).toList();
    RangeKeeper keeper = new RangeKeeper(RangeControls.of(penalty), NET, Set.of());
    double loss = keeper.addGradients(weights, gradients, 0);
    double expectedLoss =
        LAMBDA
            * (formula.applyAsDouble(doubles(weights.get(0)))
                + formula.applyAsDouble(doubles(weights.get(2))));
    assertThat(loss).isCloseTo(expectedLoss, within(1e-12 + 1e-9 * expectedLoss));
    assertThat(gradients.get(1).mismatch(before.get(1))).isEqualTo(-1); // a bias has no penalty
    for (int weight : new int[] {0, 2}) {
      double[] w = doubles(weights.get(weight));
      double[] had = doubles(before.get(weight));
      double[] got = doubles(gradients.get(weight));
      for (int i = 0; i < w.length; i++) {
        double slope = LAMBDA * centralDifference(w, i, formula);
        assertThat(got[i])
            .as("%s element %d", penalty, i)
            .isCloseTo(had[i] + slope, within(1e-6 * (1 + Math.abs(slope) + Math.abs(had[i]))));
      }
    }
  }

  private static double centralDifference(double[] w, int i, ToDoubleFunction<double[]> formula) {
    double h = 1e-5;
    double[] more = w.clone();
    double[] less = w.clone();
    more[i] += h;
    less[i] -= h;
    return (formula.applyAsDouble(more) - formula.applyAsDouble(less)) / (2 * h);
  }

  @Test
  void alphaFollowsItsGradient() {
    RangeKeeper keeper =
        new RangeKeeper(
            RangeControls.of(RangePenalty.r2(RangePenalty.R2.Kind.SOFT_MIN_MAX, LAMBDA)),
            NET,
            Set.of());
    keeper.addGradients(weights, gradients, 0);
    keeper.learn(0.1);
    double[] alphas = java.util.Objects.requireNonNull(keeper.state().get("rest/0"));
    double[] w = doubles(weights.get(0));
    double h = 1e-5;
    double slope =
        (softMax(w, 1 + h) - softMax(w, -1 - h) - softMax(w, 1 - h) + softMax(w, -1 + h)) / (2 * h)
            - Math.exp(-1);
    assertThat(alphas[0]).isCloseTo(1 - 0.1 * LAMBDA * slope, within(1e-9));
  }

  /** Its gradient is λ·(1 − how many lie above), limited to ±λ. */
  @Test
  void theMarginSinksAboveAllRestsBelowOneAndRisesBelowMore() {
    MemorySegment w = MemorySegment.ofArray(new float[] {0.5f, -1, 0.25f, 0.125f});
    MemorySegment g = MemorySegment.ofArray(new float[4]);
    MarginTerm term = new MarginTerm(1);
    assertThat(term.add(List.of(w), List.of(g), 0.5)).isEqualTo(0.5); // λ·max|W|
    assertThat(g.toArray(LE_FLOAT)).containsOnly(0);
    term.learn(0.5);
    assertThat(term.learned()).containsExactly(0.75);
    assertThat(term.add(List.of(w), List.of(g), 0.5)).isEqualTo(0.5 * (0.75 + 0.25));
    assertThat(g.toArray(LE_FLOAT)).containsExactly(0, -0.5f, 0, 0);
    term.learn(0.5);
    assertThat(term.learned()).containsExactly(0.75);
    w.set(LE_FLOAT, 0, 0.875f);
    w.set(LE_FLOAT, 8, -0.875f);
    assertThat(term.add(List.of(w), List.of(g), 0.5)).isEqualTo(0.5 * (0.75 + 0.5));
    assertThat(g.toArray(LE_FLOAT)).containsExactly(0.5f, -1, -0.5f, 0);
    term.learn(0.5);
    assertThat(term.learned()).containsExactly(1);
  }

  @Test
  void elementsThatShareTheMaximumShareItsGradient() {
    MemorySegment w = MemorySegment.ofArray(new float[] {2, -2, 1, 2});
    MemorySegment g = MemorySegment.ofArray(new float[4]);
    new LargestTerm().add(List.of(w), List.of(g), 0.75);
    assertThat(g.toArray(LE_FLOAT)).containsExactly(0.25f, -0.25f, 0, 0.25f);
  }

  @Test
  void aConstantWeightHasNoKurtosisAndNoLimit() {
    List<MemorySegment> zeros =
        NET.stream()
            .map(p -> MemorySegment.ofArray(new float[(int) p.shape().elements()]))
            .toList();
    RangeKeeper keeper =
        new RangeKeeper(RangeControls.of(WeightClip.sigma(3), RangePenalty.kure()), NET, Set.of());
    assertThat(keeper.addGradients(zeros, gradients, 0)).isZero();
    assertThat(keeper.limits(zeros, 0)).containsOnly(Float.POSITIVE_INFINITY);
    assertThat(DoubleStream.of(doubles(gradients.get(0))).boxed())
        .allMatch(x -> Double.isFinite(x));
  }

  @Test
  void aWeightThatIsNotFiniteMakesItsGradientNotFinite() {
    weights.get(0).set(LE_FLOAT, 8, Float.NaN);
    RangeKeeper keeper = new RangeKeeper(RangeControls.of(RangePenalty.kure()), NET, Set.of());
    assertThat(keeper.addGradients(weights, gradients, 0)).isNaN();
    assertThat(DoubleStream.of(doubles(gradients.get(0))).boxed()).allMatch(x -> x.isNaN());
  }

  @Test
  void limitsFollowTheDeviationsOfEvery25thStep() {
    RangeKeeper keeper = new RangeKeeper(RangeControls.of(WeightClip.sigma(2)), NET, Set.of());
    float[] first = keeper.limits(weights, 3).clone(); // of whatever step is the first
    double[] w = doubles(weights.get(0));
    double mean = DoubleStream.of(w).average().orElseThrow();
    double std =
        Math.sqrt(DoubleStream.of(w).map(x -> Math.pow(x - mean, 2)).average().orElseThrow());
    assertThat((double) first[0]).isCloseTo(2 * std, within(1e-6));
    assertThat(first[1]).isEqualTo(Float.POSITIVE_INFINITY);
    weights.get(0).fill((byte) 0);
    assertThat(keeper.limits(weights, 24)).containsExactly(first);
    assertThat(keeper.limits(weights, 25)[0]).isEqualTo(Float.POSITIVE_INFINITY);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.25, 1e-50, 1e30})
  void noFloatWithinALimitLiesBeyondC(double c) {
    RangeKeeper keeper = new RangeKeeper(RangeControls.of(WeightClip.absolute(c)), NET, Set.of());
    float limit = keeper.limits(weights, 0)[0];
    assertThat((double) limit).isPositive().isLessThanOrEqualTo(Math.max(c, Float.MIN_VALUE));
    assertThat((double) Math.nextUp(limit)).isGreaterThan(c);
  }

  @Test
  void aRampStrengthensPenaltiesAndNarrowsLimits() {
    RangeSchedule ramp = new RangeSchedule(10, 30);
    assertThat(ramp.strength(10)).isZero();
    assertThat(ramp.strength(20)).isEqualTo(0.5);
    assertThat(ramp.strength(30)).isEqualTo(1);
    RangeKeeper keeper =
        new RangeKeeper(
            RangeControls.of(
                    WeightClip.absolute(0.5), RangePenalty.r2(RangePenalty.R2.Kind.LINF, 1))
                .withSchedule(ramp),
            NET,
            Set.of());
    assertThat(keeper.addGradients(weights, gradients, 10)).isZero();
    assertThat(keeper.limits(weights, 10)[0]).isEqualTo(Float.POSITIVE_INFINITY);
    double half = keeper.addGradients(weights, gradients, 20);
    assertThat(keeper.limits(weights, 20)[0]).isEqualTo(1);
    assertThat(keeper.addGradients(weights, gradients, 30)).isCloseTo(2 * half, within(1e-12));
    assertThat(keeper.limits(weights, 30)[0]).isEqualTo(0.5f);
  }

  @Test
  void groupsTakeTheirWeightsOutOfTheRest() {
    RangeKeeper keeper =
        new RangeKeeper(
            RangeControls.of(WeightClip.absolute(0.5))
                .withGroups(
                    RangeGroup.named("last", List.of("b.*")),
                    RangeGroup.ofRoles(
                        "biases", Set.of(ParameterRole.BIAS), WeightClip.absolute(2))),
            NET,
            Set.of());
    assertThat(keeper.limits(weights, 0)).containsExactly(0.5f, 2, Float.POSITIVE_INFINITY);
    assertThat(keeper.setting(1)).isEqualTo("weight clip 2.0");
    assertThat(keeper.setting(2)).isEqualTo("none");
  }

  @Test
  void whatWasLearnedAndMeasuredGoesOn() {
    RangeControls controls =
        RangeControls.of(WeightClip.sigma(2), RangePenalty.r2(RangePenalty.R2.Kind.MARGIN, LAMBDA));
    RangeKeeper one = new RangeKeeper(controls, NET, Set.of());
    one.addGradients(weights, gradients, 0);
    one.limits(weights, 0);
    one.learn(0.1);
    RangeKeeper other = new RangeKeeper(controls, NET, Set.of());
    other.restore(one.state());
    weights.get(0).fill((byte) 0);
    assertThat(other.limits(weights, 1)).containsExactly(one.limits(weights, 1));
    assertThat(other.addGradients(weights, gradients, 1))
        .isEqualTo(one.addGradients(weights, gradients, 1));
    RangeKeeper less =
        new RangeKeeper(RangeControls.of(WeightClip.sigma(2)), NET.subList(0, 1), Set.of());
    assertThatThrownBy(() -> less.restore(one.state()))
        .hasMessage("range control state 'deviations' needs 1 numbers, got 3");
  }

  @Test
  void whatFitsNoWeightIsNamed() {
    assertError(
        RangeGroup.named("x", List.of("a.wieght"), WeightClip.absolute(1)),
        "range group 'x': no parameter matches 'a.wieght'; nearest: a.weight, b.weight, a.bias");
    assertError(
        RangeGroup.named("x", List.of("frozen.*"), WeightClip.absolute(1)),
        "range group 'x': weight 'frozen.weight' is not trained; train it, or leave 'frozen.*' out");
    assertError(
        RangeGroup.ofRoles("x", Set.of(ParameterRole.NORM), WeightClip.absolute(1)),
        "range group 'x': no parameter has the role norm; there are bias, weight");
    RangeControls two =
        RangeControls.of(WeightClip.absolute(1))
            .withGroups(
                RangeGroup.named("x", List.of("a.*"), WeightClip.absolute(1)),
                RangeGroup.named("y", List.of("*.weight"), WeightClip.absolute(1)));
    assertThatThrownBy(() -> new RangeKeeper(two, NET, Set.of()))
        .hasMessage(
            "parameter 'a.weight' is in the range groups 'x' and 'y'; a parameter belongs to one");
    assertThatThrownBy(() ->
            new RangeKeeper(RangeControls.of(WeightClip.absolute(1)), NET.subList(1, 2), Set.of()))
        .hasMessageStartingWith("range control finds no trained weight of two or more axes");
  }

  private static void assertError(RangeGroup group, String message) {
    RangeControls controls = RangeControls.of(WeightClip.absolute(1)).withGroups(group);
    assertThatThrownBy(() -> new RangeKeeper(controls, NET, Set.of("frozen.weight")))
        .hasMessage(message);
  }

  @Test
  void settingsOutOfBoundsAreNamed() {
    assertThatThrownBy(() -> WeightClip.absolute(0))
        .hasMessage("weight clip absolute must be finite and > 0, got 0.0");
    assertThatThrownBy(() -> WeightClip.sigma(1))
        .hasMessageStartingWith("weight clip sigma must be finite and > 1, got 1.0");
    assertThatThrownBy(() -> new RangePenalty.Kure(0.9, 1))
        .hasMessage("kure target must be finite and >= 1, for no kurtosis is smaller, got 0.9");
    assertThatThrownBy(() -> new RangePenalty.Kure(1.8, Double.NaN))
        .hasMessage("kure weight must be finite and > 0, got NaN");
    assertThatThrownBy(() -> RangePenalty.r2(RangePenalty.R2.Kind.LINF, -1))
        .hasMessage("r2 weight must be finite and > 0, got -1.0");
    assertThatThrownBy(() -> new RangeSchedule(5, 4))
        .hasMessage("a ramp needs 0 <= from <= to, got from 5 to 4");
    assertThatThrownBy(RangeControls::of)
        .hasMessage("range control needs at least one of weight clip, kure and r2");
    assertThatThrownBy(() -> RangeControls.of(WeightClip.absolute(1), WeightClip.sigma(2)))
        .hasMessage("a weight has one weight clip, got weight clip 1.0 + weight clip 2.0 sigma");
  }
}
