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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Moments, and the gradients of penalties: scalar specification, vectors, threads. */
class RangePenaltiesTest {
  private static final RangePenalties.Cubic CUBIC =
      new RangePenalties.Cubic(0.03, 0.7, -0.2, 0.011);
  private static final int LARGE = 300_001;

  private static MemorySegment values(int size, long seed) {
    return MemorySegment.ofArray(TestFloats.gaussian(size, 1, seed));
  }

  private static MemorySegment copy(MemorySegment x) {
    return MemorySegment.ofArray(x.toArray(LE_FLOAT));
  }

  private static void assertSame(MemorySegment got, MemorySegment expected) {
    assertThat(Arrays.mismatch(got.toArray(LE_FLOAT), expected.toArray(LE_FLOAT))).isEqualTo(-1);
  }

  @ParameterizedTest
  @MethodSource("dev.swage.kernel.ReductionsTest#sizesWithinAChunk")
  void vectorsGiveTheBitsOfTheScalarSpecification(int size) {
    for (MemorySegment w : ReductionsTest.fills(size)) {
      if (size > 0) {
        assertThat(VectorMoments.ofBlock(w, size)).isEqualTo(ScalarMoments.ofBlock(w, size));
      }
      MemorySegment scalar = values(size, 5);
      MemorySegment vector = copy(scalar);
      ScalarPenalties.add(CUBIC, w, scalar, 0, size);
      VectorPenalties.add(CUBIC, w, vector, size);
      assertSame(vector, scalar);
      for (float bound : new float[] {0, 0.5f, 2}) {
        assertThat(VectorPenalties.tail(w, size, bound))
            .isEqualTo(ScalarPenalties.tail(w, size, bound));
        ScalarPenalties.addTail(w, scalar, bound, 0.1, 0, size);
        VectorPenalties.addTail(w, vector, size, bound, 0.1);
        assertSame(vector, scalar);
      }
    }
  }

  @Test
  void momentsAreThoseOfTheirDefinition() {
    float[] x = TestFloats.gaussian(LARGE, 2, 3);
    for (int i = 0; i < x.length; i++) {
      x[i] = x[i] * x[i] + 5; // skewed, and far from 0
    }
    double mean = 0;
    for (float value : x) {
      mean += value / (double) x.length;
    }
    double[] sums = new double[5];
    for (float value : x) {
      for (int k = 2; k <= 4; k++) {
        sums[k] += Math.pow(value - mean, k);
      }
    }
    WeightMoments m = WeightMoments.of(MemorySegment.ofArray(x));
    assertThat(m.count()).isEqualTo(LARGE);
    assertThat(m.mean()).isCloseTo(mean, within(1e-9));
    assertThat(m.m2() / sums[2]).isCloseTo(1, within(1e-9));
    assertThat(m.m3() / sums[3]).isCloseTo(1, within(1e-9));
    assertThat(m.m4() / sums[4]).isCloseTo(1, within(1e-9));
  }

  @Test
  void kurtosisKnowsUniformAndGaussianAndTheConstantHasNone() {
    float[] uniform = new float[100_000];
    for (int i = 0; i < uniform.length; i++) {
      uniform[i] = i;
    }
    assertThat(WeightMoments.of(MemorySegment.ofArray(uniform)).kurtosis())
        .isCloseTo(1.8, within(1e-6));
    assertThat(WeightMoments.of(values(LARGE, 1)).kurtosis()).isCloseTo(3, within(0.05));
    WeightMoments constant = WeightMoments.of(ReductionsTest.segment(2, 2, 2));
    assertThat(constant.kurtosis()).isNaN();
    assertThat(constant.largestOverStd()).isZero();
    assertThat(WeightMoments.of(ReductionsTest.segment(1, -3, 0)).largest()).isEqualTo(3);
    assertThat(WeightMoments.of(ReductionsTest.segment()).count()).isZero();
  }

  @Test
  void whatIsNotFiniteIsSeen() {
    WeightMoments m = WeightMoments.of(ReductionsTest.segment(1, Float.NaN, 3));
    assertThat(m.largest()).isNaN();
    assertThat(m.kurtosis()).isNaN();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void everyThreadCountGivesTheSameBits(int threads) {
    MemorySegment w = values(LARGE, 1);
    MemorySegment here = values(LARGE, 2);
    MemorySegment there = copy(here);
    run(w, here);
    try (ForkJoinPool pool = new ForkJoinPool(threads)) {
      pool.submit(() -> run(w, there)).join();
      assertThat(pool.submit(() -> WeightMoments.of(w)).join()).isEqualTo(WeightMoments.of(w));
      assertThat(pool.submit(() -> SoftExtremes.of(w, 2, -5, 5)).join())
          .isEqualTo(SoftExtremes.of(w, 2, -5, 5));
    }
    assertSame(there, here);
    assertThat(Arrays.mismatch(here.toArray(LE_FLOAT), values(LARGE, 2).toArray(LE_FLOAT)))
        .isZero();
  }

  private static void run(MemorySegment w, MemorySegment g) {
    RangePenalties.add(CUBIC, w, g);
    RangePenalties.addTail(w, g, 2, 0.25);
    SoftExtremes.of(w, 2, -5, 5).addGradient(w, g, 0.5);
  }

  @ParameterizedTest
  @ValueSource(floats = {0.3f, 1.7f})
  void aLimitedUpdateIsTheUnlimitedOneLimitedAndLeavesItsStateAlone(float limit) {
    UpdateRule rule = new UpdateRule.MomentumSgd(0.1f, 0.9f, false, 0);
    MemorySegment g = values(70_000, 1);
    MemorySegment free = values(70_000, 2);
    MemorySegment limited = copy(free);
    MemorySegment freeState = values(70_000, 3);
    MemorySegment limitedState = copy(freeState);
    free.set(LE_FLOAT, 0, Float.NaN);
    limited.set(LE_FLOAT, 0, Float.NaN);
    Updates.apply(rule, List.of(new UpdateTarget(free, g, List.of(freeState), GradientEdit.NONE)));
    Updates.apply(
        rule,
        List.of(new UpdateTarget(limited, g, List.of(limitedState), GradientEdit.NONE, limit)));
    float[] expected = free.toArray(LE_FLOAT);
    int beyond = 0;
    for (int i = 0; i < expected.length; i++) {
      beyond += Math.abs(expected[i]) > limit ? 1 : 0;
      expected[i] =
          Float.isNaN(expected[i]) ? Float.NaN : Math.max(-limit, Math.min(limit, expected[i]));
    }
    assertThat(beyond).isPositive();
    assertSame(limited, MemorySegment.ofArray(expected));
    assertSame(limitedState, freeState);
  }

  @Test
  void wrongArgumentsAreNamed() {
    MemorySegment w = values(4, 1);
    assertThatThrownBy(() -> RangePenalties.add(CUBIC, w, values(3, 1)))
        .hasMessage("gradient has 12 bytes, its weight has 16");
    assertThatThrownBy(() -> new UpdateTarget(w, w, List.of(), GradientEdit.NONE, 0))
        .hasMessage("the limit of a parameter must be > 0, got 0.0");
  }
}
