package dev.swage.kernel;

import static dev.swage.tensor.Tensor.LE_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.testkit.TestFloats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReductionsTest {
  private static final int LARGE = 1_000_003;

  static IntStream sizes() {
    return TestFloats.sizes();
  }

  static IntStream sizesWithinAChunk() {
    return TestFloats.sizes().filter(size -> size <= 4098);
  }

  static MemorySegment segment(float... values) {
    return MemorySegment.ofArray(values);
  }

  /** The documented definition, written down once more without any cleverness. */
  private static double definition(float[] x) {
    double[] chunks = new double[Math.ceilDiv(x.length, 65_536)];
    for (int c = 0; c < chunks.length; c++) {
      chunks[c] = block(x, c * 65_536) + block(x, c * 65_536 + 32_768);
    }
    return tree(chunks, 0, chunks.length);
  }

  private static double block(float[] x, int from) {
    double[] lanes = new double[16];
    for (int i = from; i < Math.min(x.length, from + 32_768); i++) {
      lanes[i % 16] += (double) x[i] * x[i];
    }
    for (int half = 8; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        lanes[i] += lanes[i + half];
      }
    }
    return lanes[0];
  }

  private static double tree(double[] v, int from, int to) {
    if (to - from < 2) {
      return to == from ? 0 : v[from];
    }
    int middle = from + (to - from) / 2;
    return tree(v, from, middle) + tree(v, middle, to);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void sumOfSquaresHasTheBitsOfItsDefinition(int size) {
    float[] x = TestFloats.gaussian(size, 3, size);
    assertThat(Reductions.sumOfSquares(segment(x))).isEqualTo(definition(x));
  }

  @Test
  void sumOfSquaresOfALargeTensorHasTheBitsOfItsDefinition() {
    float[] x = TestFloats.gaussian(LARGE, 1, 7);
    assertThat(Reductions.sumOfSquares(segment(x))).isEqualTo(definition(x));
  }

  @Test
  void sumOfSquaresIsExactToTwelveDigits() {
    float[] x = TestFloats.gaussian(LARGE, 1, 8);
    BigDecimal exact = BigDecimal.ZERO;
    for (float value : x) {
      BigDecimal v = new BigDecimal(value);
      exact = exact.add(v.multiply(v));
    }
    double sum = Reductions.sumOfSquares(segment(x));
    assertThat(sum / exact.doubleValue()).isCloseTo(1, within(1e-12));
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.MIN_VALUE, 1e-38f, 1e-30f, 1e30f, Float.MAX_VALUE})
  void extremeElementsNeitherOverflowNorUnderflow(float value) {
    double sum = Reductions.sumOfSquares(segment(TestFloats.filled(200_000, value)));
    assertThat(Math.sqrt(sum) / (value * Math.sqrt(200_000))).isCloseTo(1, within(1e-12));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void everyThreadCountGivesTheSameBits(int threads) {
    List<MemorySegment> tensors =
        List.of(
            segment(TestFloats.gaussian(LARGE, 1, 1)),
            segment(TestFloats.gaussian(10, 1, 2)),
            segment(TestFloats.gaussian(300_000, 1e-3, 3)));
    double[] squares = tensors.stream().mapToDouble(t -> definition(floats(t))).toArray();
    try (ForkJoinPool pool = new ForkJoinPool(threads)) {
      double[] got = pool.submit(() -> Reductions.sumsOfSquares(tensors)).join();
      double[] abs = pool.submit(() -> Reductions.sumsOfAbs(tensors)).join();
      assertThat(got).isEqualTo(squares);
      assertThat(abs).isEqualTo(Reductions.sumsOfAbs(tensors));
    }
  }

  private static float[] floats(MemorySegment segment) {
    return segment.toArray(LE_FLOAT);
  }

  @ParameterizedTest
  @MethodSource("sizesWithinAChunk")
  void vectorsGiveTheBitsOfTheScalarSpecification(int size) {
    for (MemorySegment chunk : fills(size)) {
      int n = size;
      assertThat(Double.valueOf(VectorReductions.sumOfSquaresOfBlock(chunk, n)))
          .isEqualTo(Double.valueOf(ScalarReductions.sumOfSquares(chunk, n)));
      assertThat(Double.valueOf(VectorReductions.sumOfAbs(chunk, n)))
          .isEqualTo(Double.valueOf(ScalarReductions.sumOfAbs(chunk, n)));
      assertThat(VectorReductions.absMaxBits(chunk, n))
          .isEqualTo(ScalarReductions.absMaxBits(chunk, n));
      assertThat(VectorReductions.clamped(chunk, n, -0.5f, 2))
          .isEqualTo(ScalarReductions.clamped(chunk, n, -0.5f, 2));
    }
  }

  /** Random, each edge value everywhere, and each edge value once among random ones. */
  static List<MemorySegment> fills(int size) {
    List<MemorySegment> fills = new java.util.ArrayList<>();
    fills.add(segment(TestFloats.gaussian(size, 1, size)));
    TestFloats.edges()
        .forEach(edge -> {
          fills.add(segment(TestFloats.filled(size, edge)));
          float[] one = TestFloats.gaussian(size, 1, size + 1);
          if (size > 0) {
            one[size * 2 / 3] = edge;
          }
          fills.add(segment(one));
        });
    return fills;
  }

  @Test
  void unalignedAndNativeMemoryGiveTheSameSums() {
    float[] x = TestFloats.gaussian(1000, 1, 5);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment odd = arena.allocate(4001).asSlice(1);
      MemorySegment.copy(x, 0, odd, LE_FLOAT, 0, x.length);
      assertThat(Reductions.sumOfSquares(odd)).isEqualTo(definition(x));
    }
  }

  @Test
  void memoryOfOneThreadIsReducedByThatThread() {
    float[] x = TestFloats.gaussian(LARGE, 1, 5);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mine = arena.allocateFrom(LE_FLOAT, x);
      assertThat(Reductions.sumOfSquares(mine)).isEqualTo(definition(x));
    }
  }

  @Test
  void absSumsPowersAndMaximaAgreeWithPlainLoops() {
    float[] x = TestFloats.gaussian(70_000, 2, 9);
    double abs = 0;
    double cubes = 0;
    float max = 0;
    for (float value : x) {
      abs += Math.abs(value);
      cubes += Math.pow(Math.abs(value), 3);
      max = Math.max(max, Math.abs(value));
    }
    List<MemorySegment> tensors = List.of(segment(x), segment());
    assertThat(Reductions.sumsOfAbs(tensors)[0] / abs).isCloseTo(1, within(1e-12));
    assertThat(Math.pow(Reductions.norms(tensors, 3)[0], 3) / cubes).isCloseTo(1, within(1e-12));
    assertThat(Reductions.absMaxima(tensors)).containsExactly(max, 0);
    assertThat(Reductions.sumsOfSquares(tensors)[1]).isZero();
  }

  @Test
  void absMaximumNoticesNaN() {
    float[] x = TestFloats.gaussian(200_000, 1, 9);
    x[150_001] = -Float.NaN;
    x[7] = Float.NEGATIVE_INFINITY;
    assertThat(Reductions.absMaxima(List.of(segment(x)))[0]).isNaN();
    x[150_001] = 0;
    assertThat(Reductions.absMaxima(List.of(segment(x)))[0]).isEqualTo(Float.POSITIVE_INFINITY);
  }

  @Test
  void minMaxAndClampedSumsAgreeWithPlainLoops() {
    float[] x = TestFloats.gaussian(150_000, 2, 11);
    float min = Float.POSITIVE_INFINITY;
    float max = Float.NEGATIVE_INFINITY;
    double squares = 0;
    for (float value : x) {
      min = Math.min(min, value);
      max = Math.max(max, value);
      double clamped = Math.clamp(value, -1f, 0.25f);
      squares += clamped * clamped;
    }
    Reductions.Clamped clamped = Reductions.clamped(List.of(segment(x)), -1, 0.25f);
    assertThat(clamped.range()).isEqualTo(new Reductions.Range(min, max));
    assertThat(Reductions.minMax(List.of(segment(x)))).isEqualTo(clamped.range());
    assertThat(clamped.sumOfSquares() / squares).isCloseTo(1, within(1e-12));
  }

  @Test
  void nonFiniteElementsAreCountedAndLocated() {
    float[] x = TestFloats.gaussian(200_000, 1, 12);
    assertThat(Reductions.countNonFinite(segment(x)).count()).isZero();
    x[199_999] = Float.NaN;
    x[131_080] = Float.POSITIVE_INFINITY;
    x[131_081] = Float.NEGATIVE_INFINITY;
    assertThat(Reductions.countNonFinite(segment(x)))
        .isEqualTo(new Reductions.NonFinite(3, 131_080));
  }

  @Test
  void wrongArgumentsAreNamed() {
    assertThatThrownBy(() -> Reductions.sumOfSquares(MemorySegment.ofArray(new byte[7])))
        .hasMessage("float32 segment 0: size must be a multiple of 4 bytes, got 7");
    assertThatThrownBy(() -> Reductions.clamped(List.of(), 1, Float.NaN))
        .hasMessage("low must be <= high, got [1.0, NaN]");
    assertThatThrownBy(() -> Reductions.norms(List.of(), 0.5))
        .hasMessage("the order of a norm must be >= 1, got 0.5");
  }
}
