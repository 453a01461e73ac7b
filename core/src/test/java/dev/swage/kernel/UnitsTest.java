package dev.swage.kernel;

import static dev.swage.tensor.Tensor.LE_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.testkit.TestFloats;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitsTest {
  private static MemorySegment copy(MemorySegment x) {
    return MemorySegment.ofArray(x.toArray(LE_FLOAT));
  }

  private static float[] coefficients(int units) {
    float[] c = new float[units];
    for (int i = 0; i < units; i++) {
      c[i] = i % 3 == 0 ? 1 : 1f / (i + 1);
    }
    return c;
  }

  @ParameterizedTest
  @CsvSource({"1,1", "3,1", "8,1", "17,1", "100,1", "1,7", "5,3", "5,16", "7,33"})
  void vectorsScaleAsTheScalarSpecification(int units, int inner) {
    GradientEdit.PerUnit edit = new GradientEdit.PerUnit(coefficients(units), inner);
    for (int size : new int[] {0, 1, 8, 33, 130}) {
      for (long first : new long[] {0, 13, 1000}) {
        for (MemorySegment x : ReductionsTest.fills(size)) {
          MemorySegment scalar = copy(x);
          MemorySegment vector = copy(x);
          ScalarUnits.scale(edit, x, scalar, first, size);
          VectorUnits.scale(edit, vector, vector, first, size);
          assertThat(vector.toArray(LE_FLOAT)).isEqualTo(scalar.toArray(LE_FLOAT));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 4, 5, 8, 31, 256})
  void vectorsAddSquaresAsTheScalarSpecification(int size) {
    for (MemorySegment x : ReductionsTest.fills(size)) {
      double[] scalar = new double[size + 2];
      double[] vector = new double[size + 2];
      for (int round = 0; round < 3; round++) {
        ScalarUnits.addSquares(x, size, scalar, 1);
        VectorUnits.addSquares(x, size, vector, 1);
      }
      assertThat(vector).isEqualTo(scalar);
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1", "3,2", "5,15", "4,16", "7,17", "9,64", "2,147", "3,1000"})
  void vectorsAddSquaresOfRunsAsTheScalarSpecification(int count, int length) {
    UnitRuns runs = new UnitRuns(1, count, length);
    MemorySegment p = MemorySegment.ofArray(TestFloats.gaussian(count * length, 1, 9));
    for (MemorySegment g : ReductionsTest.fills(count * length)) {
      UnitSquares scalar = new UnitSquares(new double[count + 2], new double[count + 2]);
      UnitSquares vector = new UnitSquares(new double[count + 2], new double[count + 2]);
      for (int round = 0; round < 2; round++) {
        ScalarUnits.addSquares(g, p, runs, scalar);
        VectorUnits.addSquares(g, p, runs, vector);
      }
      assertThat(vector.gradient()).isEqualTo(scalar.gradient());
      assertThat(vector.parameter()).isEqualTo(scalar.parameter());
    }
  }

  private static UnitSquares.Source source(int outer, int units, int inner, GradientEdit edit) {
    int size = outer * units * inner;
    return new UnitSquares.Source(
        MemorySegment.ofArray(TestFloats.gaussian(size, 1, size)),
        edit,
        MemorySegment.ofArray(TestFloats.gaussian(size, 1, size + 1)),
        units,
        inner);
  }

  @Test
  void sumsAreThoseOfEachUnit() {
    for (GradientEdit edit : List.of(GradientEdit.NONE, GradientEdit.clamp(-0.5f, 0.5f))) {
      List<UnitSquares.Source> sources =
          List.of(
              source(1, 7, 40_000, edit),
              source(70, 300, 1, edit),
              source(5, 6, 9, edit),
              source(1, 1, 70_001, edit),
              source(1, 300, 3, edit));
      List<UnitSquares> sums = UnitSquares.of(sources);
      for (int s = 0; s < sums.size(); s++) {
        UnitSquares.Source source = sources.get(s);
        float[] gradient = copy(source.gradient()).toArray(LE_FLOAT);
        float[] parameter = source.parameter().toArray(LE_FLOAT);
        double[] expected = new double[source.units()];
        double[] expectedOfParameter = new double[source.units()];
        for (int e = 0; e < gradient.length; e++) {
          int unit = (int) (e / source.inner() % source.units());
          double g =
              edit.equals(GradientEdit.NONE)
                  ? gradient[e]
                  : Math.max(-0.5f, Math.min(0.5f, gradient[e]));
          expected[unit] += g * g;
          expectedOfParameter[unit] += (double) parameter[e] * parameter[e];
        }
        for (int u = 0; u < expected.length; u++) {
          assertThat(sums.get(s).gradient()[u] / expected[u]).isCloseTo(1, within(1e-12));
          assertThat(sums.get(s).parameter()[u] / expectedOfParameter[u])
              .isCloseTo(1, within(1e-12));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void everyThreadCountGivesTheSameBits(int threads) {
    List<UnitSquares.Source> sources =
        List.of(source(1, 700, 300, GradientEdit.NONE), source(300, 700, 1, GradientEdit.NONE));
    List<UnitSquares> here = UnitSquares.of(sources);
    try (ForkJoinPool pool = new ForkJoinPool(threads)) {
      List<UnitSquares> there = pool.submit(() -> UnitSquares.of(sources)).join();
      for (int s = 0; s < 2; s++) {
        assertThat(there.get(s).gradient()).isEqualTo(here.get(s).gradient());
        assertThat(there.get(s).parameter()).isEqualTo(here.get(s).parameter());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void measuringGivesTheSameBitsOnEveryThreadCount(int threads) {
    List<MemorySegment> tensors =
        List.of(
            MemorySegment.ofArray(TestFloats.gaussian(300_001, 1, 1)),
            MemorySegment.ofArray(TestFloats.gaussian(17, 1, 2)));
    List<GradientEdit> edits = List.of(GradientEdit.clamp(-1, 1), GradientEdit.NONE);
    for (double p : new double[] {1, 2, 3, Double.POSITIVE_INFINITY}) {
      Reductions.Measured here = Reductions.measure(tensors, edits, p);
      try (ForkJoinPool pool = new ForkJoinPool(threads)) {
        Reductions.Measured there = pool.submit(() -> Reductions.measure(tensors, edits, p)).join();
        assertThat(there.squares()).isEqualTo(here.squares());
        assertThat(there.parts()).isEqualTo(here.parts());
      }
    }
    assertThat(
            Reductions.measure(tensors, List.of(GradientEdit.NONE, GradientEdit.NONE), 2).squares())
        .isEqualTo(Reductions.sumsOfSquares(tensors));
  }

  @Test
  void anUpdateAppliesEveryKindOfEditOnTheWay() {
    int units = 300;
    int inner = 700;
    int size = units * inner;
    GradientEdit perUnit = new GradientEdit.PerUnit(coefficients(units), inner);
    for (GradientEdit edit :
        List.of(
            perUnit,
            perUnit.then(GradientEdit.clamp(-0.1f, 0.1f)),
            GradientEdit.scale(0.5f).then(perUnit),
            perUnit.afterZeroingNonFinite())) {
      MemorySegment gradient = MemorySegment.ofArray(TestFloats.gaussian(size, 1, 3));
      MemorySegment edited = copy(gradient);
      Updates.edit(edited, edit);
      MemorySegment one = MemorySegment.ofArray(TestFloats.gaussian(size, 1, 4));
      MemorySegment other = copy(one);
      UpdateRule rule = new UpdateRule.PlainSgd(0.1f, 0.01f);
      Updates.apply(rule, List.of(new UpdateTarget(one, gradient, List.of(), edit)));
      Updates.apply(rule, List.of(new UpdateTarget(other, edited, List.of(), GradientEdit.NONE)));
      assertThat(one.toArray(LE_FLOAT)).isEqualTo(other.toArray(LE_FLOAT));
      assertThat(gradient.toArray(LE_FLOAT)).isEqualTo(TestFloats.gaussian(size, 1, 3));
    }
  }

  @Test
  void editsThatArithmeticAllowsBecomeOne() {
    GradientEdit both = GradientEdit.scale(0.5f).then(GradientEdit.scale(0.5f));
    assertThat(both).isEqualTo(GradientEdit.scale(0.25f));
    assertThat(GradientEdit.clamp(-1, 2).then(GradientEdit.clamp(-2, 1)))
        .isEqualTo(GradientEdit.clamp(-1, 1));
    assertThat(GradientEdit.clamp(-1, 2).then(GradientEdit.scale(0.5f)))
        .isEqualTo(new GradientEdit.Elementwise(false, 0.5f, -0.5f, 1));
    assertThat(GradientEdit.NONE.then(GradientEdit.limitSpikes(2)))
        .isEqualTo(GradientEdit.limitSpikes(2));
    assertThatThrownBy(() -> GradientEdit.limitSpikes(2).then(GradientEdit.scale(0.5f)))
        .hasMessage("limiting spikes happens inside the optimizer's pass: nothing can follow it");
  }

  @Test
  void spikesAreLimitedWhereThereIsASecondMoment() {
    float[] v = {0.01f, 0.01f, 0, 0.01f};
    float[] expected = {0.5f, -0.5f, 7, 0.3f};
    MemorySegment p = MemorySegment.ofArray(new float[4]);
    MemorySegment m = MemorySegment.ofArray(new float[4]);
    // m becomes the gradient, for its gain is 1.
    UpdateRule rule = new UpdateRule.Adam(0.1f, 1, 0.9f, 0.1f, 1, 1e-8f, 0, 1);
    UpdateTarget target =
        new UpdateTarget(
            p,
            MemorySegment.ofArray(new float[] {7, -7, 7, 0.3f}),
            List.of(m, MemorySegment.ofArray(v)),
            GradientEdit.limitSpikes(25));
    Updates.apply(rule, List.of(target));
    assertThat(m.toArray(LE_FLOAT)).containsExactly(expected, within(1e-6f));
    assertThatThrownBy(() ->
            Updates.apply(
                new UpdateRule.PlainSgd(1, 0),
                List.of(new UpdateTarget(p, p, List.of(), GradientEdit.limitSpikes(2)))))
        .hasMessage("limiting spikes needs Adam's second moment, PlainSgd has none");
  }
}
