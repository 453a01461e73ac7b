package dev.swage.kernel;

import static dev.swage.tensor.Tensor.LE_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.testkit.TestFloats;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class UpdatesTest {
  private static final List<GradientEdit.Elementwise> EDITS =
      Stream.of(
              GradientEdit.NONE,
              GradientEdit.scale(0.3f),
              GradientEdit.scale(0),
              GradientEdit.clamp(-0.5f, 0.25f),
              GradientEdit.zeroNonFinite(),
              GradientEdit.clamp(-0.5f, 0.25f).afterZeroingNonFinite(),
              GradientEdit.clamp(-0.5f, 0.25f).then(GradientEdit.scale(0.3f)))
          .map(GradientEdit.Elementwise.class::cast)
          .toList();

  private static final float NO_LIMIT = Float.POSITIVE_INFINITY;

  private static final UpdateRule.PlainSgd SGD = new UpdateRule.PlainSgd(0.1f, 0.01f);
  private static final List<UpdateRule.MomentumSgd> MOMENTUM =
      List.of(
          new UpdateRule.MomentumSgd(0.1f, 0.9f, false, 0),
          new UpdateRule.MomentumSgd(0.1f, 0.9f, true, 0.01f));
  private static final UpdateRule.Adam ADAM =
      new UpdateRule.Adam(0.02f, 0.1f, 0.999f, 0.001f, 31.6f, 1e-8f, 0.01f, 0.999f);

  private static MemorySegment copy(MemorySegment x) {
    return MemorySegment.ofArray(x.toArray(LE_FLOAT));
  }

  private static void assertSame(MemorySegment got, MemorySegment expected) {
    assertThat(Arrays.mismatch(got.toArray(LE_FLOAT), expected.toArray(LE_FLOAT))).isEqualTo(-1);
  }

  private static MemorySegment values(int size, long seed) {
    return MemorySegment.ofArray(TestFloats.gaussian(size, 1, seed));
  }

  private static MemorySegment squares(int size, long seed) {
    float[] x = TestFloats.gaussian(size, 1, seed);
    for (int i = 0; i < size; i++) {
      x[i] *= x[i];
    }
    return MemorySegment.ofArray(x);
  }

  @ParameterizedTest
  @MethodSource("dev.swage.kernel.ReductionsTest#sizesWithinAChunk")
  void vectorsGiveTheBitsOfTheScalarSpecification(int size) {
    for (MemorySegment g : ReductionsTest.fills(size)) {
      for (GradientEdit.Elementwise edit : EDITS) {
        for (float limit : new float[] {NO_LIMIT, 0.7f}) {
          sgdTwinsAgree(g, limit, edit, size);
          momentumTwinsAgree(g, limit, edit, size);
          adamTwinsAgree(g, limit, edit, Float.POSITIVE_INFINITY, size);
          adamTwinsAgree(g, limit, edit, 2, size);
        }
        MemorySegment scalar = copy(g);
        MemorySegment vector = copy(g);
        ScalarUpdates.edit(edit, scalar, 0, size);
        VectorUpdates.edit(edit, vector, 0, size);
        assertSame(vector, scalar);
      }
    }
  }

  private static void sgdTwinsAgree(
      MemorySegment g, float limit, GradientEdit.Elementwise edit, int size) {
    MemorySegment scalar = values(size, 1);
    MemorySegment vector = copy(scalar);
    ScalarUpdates.sgd(SGD, limit, edit, scalar, g, 0, size);
    VectorUpdates.sgd(SGD, limit, edit, vector, g, 0, size);
    assertSame(vector, scalar);
  }

  private static void momentumTwinsAgree(
      MemorySegment g, float limit, GradientEdit.Elementwise edit, int size) {
    for (UpdateRule.MomentumSgd rule : MOMENTUM) {
      MemorySegment scalar = values(size, 1);
      MemorySegment vector = copy(scalar);
      MemorySegment scalarState = values(size, 2);
      MemorySegment vectorState = copy(scalarState);
      ScalarUpdates.momentum(rule, limit, edit, scalar, g, scalarState, 0, size);
      VectorUpdates.momentum(rule, limit, edit, vector, g, vectorState, 0, size);
      assertSame(vector, scalar);
      assertSame(vectorState, scalarState);
    }
  }

  private static void adamTwinsAgree(
      MemorySegment g, float limit, GradientEdit.Elementwise edit, float spikes, int size) {
    MemorySegment scalar = values(size, 1);
    MemorySegment vector = copy(scalar);
    MemorySegment scalarMean = values(size, 2);
    MemorySegment vectorMean = copy(scalarMean);
    MemorySegment scalarSquare = squares(size, 3);
    MemorySegment vectorSquare = copy(scalarSquare);
    ScalarUpdates.adam(ADAM, limit, spikes, edit, scalar, g, scalarMean, scalarSquare, 0, size);
    VectorUpdates.adam(ADAM, limit, spikes, edit, vector, g, vectorMean, vectorSquare, 0, size);
    assertSame(vector, scalar);
    assertSame(vectorMean, scalarMean);
    assertSame(vectorSquare, scalarSquare);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void everyThreadCountGivesTheSameBitsAsOneChunkAtATime(int threads) {
    int size = 300_001;
    MemorySegment g = values(size, 4);
    MemorySegment p = values(size, 1);
    MemorySegment m = values(size, 2);
    MemorySegment v = squares(size, 3);
    MemorySegment expected = copy(p);
    ScalarUpdates.adam(
        ADAM,
        NO_LIMIT,
        Float.POSITIVE_INFINITY,
        EDITS.get(1),
        expected,
        g,
        copy(m),
        copy(v),
        0,
        size);
    try (ForkJoinPool pool = new ForkJoinPool(threads)) {
      UpdateTarget target = new UpdateTarget(p, g, List.of(m, v), EDITS.get(1));
      pool.submit(() -> Updates.apply(ADAM, List.of(target))).join();
    }
    assertSame(p, expected);
    assertSame(g, values(size, 4));
  }

  @Test
  void manySmallTensorsAreUpdatedAsOneByOne() {
    List<MemorySegment> parameters =
        IntStream.of(3, 0, 1, 70_000, 17, 90_000).mapToObj(n -> values(n, n)).toList();
    List<MemorySegment> expected = parameters.stream().map(UpdatesTest::copy).toList();
    MemorySegment[] gradients =
        parameters.stream()
            .map(p -> values((int) (p.byteSize() / 4), 99))
            .toArray(MemorySegment[]::new);
    for (int i = 0; i < gradients.length; i++) {
      int n = (int) (gradients[i].byteSize() / 4);
      ScalarUpdates.sgd(SGD, NO_LIMIT, EDITS.get(i), expected.get(i), gradients[i], 0, n);
    }
    Updates.apply(
        SGD,
        IntStream.range(0, gradients.length)
            .mapToObj(
                i -> new UpdateTarget(parameters.get(i), gradients[i], List.of(), EDITS.get(i)))
            .toList());
    for (int i = 0; i < gradients.length; i++) {
      assertSame(parameters.get(i), expected.get(i));
    }
  }

  @Test
  void valueClampingIsTwoSidedAndKeepsNaN() {
    MemorySegment x = ReductionsTest.segment(-3, -0.5f, 0, 0.25f, 7, Float.NaN);
    Updates.edit(x, GradientEdit.clamp(-1, 0.125f));
    assertThat(x.toArray(LE_FLOAT)).containsExactly(-1, -0.5f, 0, 0.125f, 0.125f, Float.NaN);
  }

  @Test
  void wrongArgumentsAreNamed() {
    MemorySegment p = values(4, 1);
    assertThatThrownBy(() -> new UpdateTarget(p, values(3, 1), List.of(), GradientEdit.NONE))
        .hasMessage("gradient has 12 bytes, its parameter has 16");
    assertThatThrownBy(() ->
            Updates.apply(
                ADAM, List.of(new UpdateTarget(p, values(4, 1), List.of(p), GradientEdit.NONE))))
        .hasMessage("Adam needs 2 state tensors per parameter, got 1");
    assertThatThrownBy(() -> GradientEdit.scale(1.5f))
        .hasMessage("coefficient must be in [0, 1], got 1.5");
  }

  @Test
  void measuringChangesNoBitAndTellsByHowMuch() {
    GradientEdit perUnit = new GradientEdit.PerUnit(new float[] {1, 0.5f, 0.1f}, 50);
    GradientEdit columns = new GradientEdit.PerUnit(new float[] {1, 0.5f, 0.1f}, 1);
    int size = 150_000;
    for (GradientEdit edit :
        List.of(GradientEdit.NONE, perUnit, columns, perUnit.then(columns), EDITS.get(1))) {
      MemorySegment g = values(size, 4);
      MemorySegment p = values(size, 1);
      float[] before = p.toArray(LE_FLOAT);
      MemorySegment m = values(size, 2);
      MemorySegment v = squares(size, 3);
      MemorySegment expected = copy(p);
      MemorySegment expectedMean = copy(m);
      Updates.apply(
          ADAM, List.of(new UpdateTarget(expected, g, List.of(expectedMean, copy(v)), edit)));
      Updates.Change change =
          Updates.applyAndMeasure(ADAM, List.of(new UpdateTarget(p, g, List.of(m, v), edit)));
      assertSame(p, expected);
      assertSame(m, expectedMean);
      double weights = 0;
      double moves = 0;
      float[] after = p.toArray(LE_FLOAT);
      for (int i = 0; i < size; i++) {
        weights += (double) before[i] * before[i];
        moves += Math.pow((double) after[i] - before[i], 2);
      }
      assertThat(change.weights() / weights).isCloseTo(1, within(1e-10));
      assertThat(change.moves() / moves).isCloseTo(1, within(1e-6));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void everyThreadCountMeasuresTheSame(int threads) {
    int size = 300_001;
    UpdateRule rule = new UpdateRule.PlainSgd(0.1f, 0.01f);
    Updates.Change here =
        Updates.applyAndMeasure(
            rule,
            List.of(
                new UpdateTarget(values(size, 1), values(size, 2), List.of(), GradientEdit.NONE)));
    try (ForkJoinPool pool = new ForkJoinPool(threads)) {
      UpdateTarget target =
          new UpdateTarget(values(size, 1), values(size, 2), List.of(), GradientEdit.NONE);
      Updates.Change there =
          pool.submit(() -> Updates.applyAndMeasure(rule, List.of(target))).join();
      assertThat(there).isEqualTo(here);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 15, 16, 33, 1000})
  void vectorsSubtractAsTheScalarSpecification(int size) {
    MemorySegment a = values(size, 1);
    MemorySegment scalar = values(size, 2);
    MemorySegment vector = values(size, 2);
    ScalarUpdates.difference(a, scalar, 0, size);
    VectorUpdates.difference(a, vector, size);
    assertSame(vector, scalar);
  }
}
