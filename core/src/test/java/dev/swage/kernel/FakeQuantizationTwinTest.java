package dev.swage.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.testkit.TestFloats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The Vector API kernels give the same bits as the scalar ones, which specify them. */
class FakeQuantizationTwinTest {
  private static final List<AffineSteps> STEPS =
      List.of(
          steps(-127, 127, 0.02f, 0),
          steps(-128, 127, 0.013f, -5),
          steps(0, 255, 0.011f, 117),
          steps(-8, 7, 0.3f, 0),
          steps(0, 15, 0.21f, 7),
          steps(-2, 1, 1f, 0),
          steps(-32768, 32767, 1e-4f, -1000),
          steps(0, 65535, 3e-5f, 40_000),
          steps(-8, 7, 1e-42f, 1),
          steps(0, 15, 1e37f, 3));

  private final FakeQuantizationKernels scalar = new ScalarFakeQuantization();
  private final FakeQuantizationKernels vector = new VectorFakeQuantization();

  @BeforeEach
  void needsWideVectors() {
    Assumptions.assumeTrue(VectorQuantization.fits(), "this machine has no 256-bit vectors");
  }

  static IntStream sizes() {
    return TestFloats.sizes();
  }

  private static List<AffineSteps> steps(int size) {
    return size > 40 ? STEPS.subList(1, 3) : STEPS;
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void forwardsAgree(int size) {
    for (float[] values : fills(size)) {
      for (Block block : blocks(size)) {
        for (AffineSteps steps : steps(size)) {
          assertThat(forward(vector, values, block, steps))
              .as("%d…%d of %s", steps.min(), steps.max(), block)
              .isEqualTo(forward(scalar, values, block, steps));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void gradientsAgree(int size) {
    float[] dy = TestFloats.gaussian(size, 1, 3);
    if (size > 11) {
      dy[3] = Float.POSITIVE_INFINITY;
      dy[5] = -0f;
      dy[11] = Float.MAX_VALUE;
    }
    for (float[] values : fills(size)) {
      for (Block block : blocks(size)) {
        for (AffineSteps steps : steps(size)) {
          for (Way way : Way.values()) {
            assertThat(way.run(vector, values, dy, block, steps))
                .as("%s, %d…%d of %s", way, steps.min(), steps.max(), block)
                .isEqualTo(way.run(scalar, values, dy, block, steps));
          }
        }
      }
    }
  }

  /** What a backward is asked for. */
  private enum Way {
    BOTH,
    STEPS_ONLY,
    STRAIGHT_THROUGH_ONLY,
    IN_PLACE;

    /** dx and sums, as bits. */
    long[] run(
        FakeQuantizationKernels kernels, float[] x, float[] dy, Block block, AffineSteps steps) {
      float[] dx = this == IN_PLACE ? dy.clone() : TestFloats.filled(dy.length, 9);
      MemorySegment from = MemorySegment.ofArray(this == IN_PLACE ? dx : dy);
      MemorySegment to = MemorySegment.ofArray(dx);
      MemorySegment values = MemorySegment.ofArray(x);
      StepSums sums = StepSums.zeros(block.slot(), (int) block.slotEnd());
      switch (this) {
        case BOTH, IN_PLACE -> kernels.backward(values, from, block, steps, to, sums);
        case STEPS_ONLY -> kernels.backward(values, from, block, steps, null, sums);
        case STRAIGHT_THROUGH_ONLY -> kernels.straightThrough(values, from, block, steps, to);
      }
      LongStream ofSums =
          DoubleStream.concat(Arrays.stream(sums.byScale()), Arrays.stream(sums.byOffset()))
              .mapToLong(Double::doubleToLongBits);
      return LongStream.concat(Arrays.stream(bits(dx)).asLongStream(), ofSums).toArray();
    }
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void flipsAgree(int size) {
    float[] after = TestFloats.gaussian(size, 2, 9);
    for (float[] values : fills(size)) {
      for (Block block : blocks(size)) {
        for (AffineSteps steps : steps(size)) {
          float[] scales = steps.scales().clone();
          IntStream.range(0, scales.length).forEach(i -> scales[i] *= 1 + i % 3);
          AffineSteps moved = new AffineSteps(scales, steps.zeroPoints(), steps.min(), steps.max());
          MemorySegment a = MemorySegment.ofArray(values);
          MemorySegment b = MemorySegment.ofArray(after);
          assertThat(vector.flips(a, steps, b, moved, block))
              .isEqualTo(scalar.flips(a, steps, b, moved, block));
          assertThat(vector.flips(a, steps, a, steps, block)).isZero();
        }
      }
    }
  }

  /** Where a quotient and a product with the reciprocal could round to different integers. */
  @Test
  void forwardsAndGradientsAgreeAroundTheMiddlesBetweenIntegers() {
    for (float scale : new float[] {0.1f, 0.00787f, 3, 1e-20f, 0x1p-120f, 0x1p110f, 7e-3f}) {
      float[] values = aroundMiddles(scale);
      float[] dy = TestFloats.gaussian(values.length, 1, 4);
      for (int zero : new int[] {0, -128, 127}) {
        AffineSteps steps = new AffineSteps(new float[] {scale}, new int[] {zero}, -128, 127);
        Block row = Block.ofRows(0, 1, values.length, 0);
        assertThat(forward(vector, values, row, steps))
            .isEqualTo(forward(scalar, values, row, steps));
        assertThat(Way.BOTH.run(vector, values, dy, row, steps))
            .isEqualTo(Way.BOTH.run(scalar, values, dy, row, steps));
      }
    }
  }

  private static float[] aroundMiddles(float scale) {
    float[] values = new float[5 * 300];
    for (int k = 0; k < 300; k++) {
      float middle = (float) ((k - 150 + 0.5) * (double) scale);
      values[5 * k] = middle;
      values[5 * k + 1] = Math.nextDown(middle);
      values[5 * k + 2] = Math.nextUp(middle);
      values[5 * k + 3] = (k - 150) * scale;
      values[5 * k + 4] = -middle;
    }
    return values;
  }

  @Test
  void nativeMemoryGivesTheSameBits() {
    float[] values = TestFloats.gaussian(1001, 2, 1);
    AffineSteps steps = STEPS.get(1);
    Block block = Block.ofRows(1, 10, 100, 0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment x = arena.allocate(4L * values.length).copyFrom(MemorySegment.ofArray(values));
      MemorySegment dx = arena.allocate(4L * values.length);
      StepSums sums = StepSums.zeros(0, 10);
      vector.backward(x, x, block, steps, dx, sums);
      float[] expected = new float[values.length];
      StepSums expectedSums = StepSums.zeros(0, 10);
      MemorySegment onHeap = MemorySegment.ofArray(values);
      scalar.backward(onHeap, onHeap, block, steps, MemorySegment.ofArray(expected), expectedSums);
      assertThat(dx.mismatch(MemorySegment.ofArray(expected))).isEqualTo(-1);
      assertThat(sums.byScale()).isEqualTo(expectedSums.byScale());
      vector.forward(x, block, steps, x);
      assertThat(x.mismatch(MemorySegment.ofArray(forwarded(values, block, steps)))).isEqualTo(-1);
    }
  }

  private float[] forwarded(float[] values, Block block, AffineSteps steps) {
    float[] y = values.clone();
    MemorySegment memory = MemorySegment.ofArray(y);
    scalar.forward(memory, block, steps, memory);
    return y;
  }

  private static int[] forward(
      FakeQuantizationKernels kernels, float[] values, Block block, AffineSteps steps) {
    float[] y = TestFloats.filled(values.length, 9);
    kernels.forward(MemorySegment.ofArray(values), block, steps, MemorySegment.ofArray(y));
    return bits(y);
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    Arrays.setAll(bits, i -> Float.floatToIntBits(values[i]));
    return bits;
  }

  /**
   * Gaussian values, the edge values strewn into them, halves, and constant fills of small sizes.
   */
  private static List<float[]> fills(int size) {
    float[] strewn = TestFloats.gaussian(size, 2, 2);
    List<Float> edges = TestFloats.edges().toList();
    for (int i = 0; i < size; i += 7) {
      strewn[i] = edges.get(i / 7 % edges.size());
    }
    float[] finite = TestFloats.gaussian(size, 2, 1);
    float[] halves = new float[size];
    for (int i = 0; i < size; i++) {
      halves[i] = (i - size / 2) * 0.5f;
    }
    return size > 300
        ? List.of(finite, strewn)
        : Stream.concat(
                Stream.of(finite, strewn, halves),
                edges.stream().map(edge -> TestFloats.filled(size, edge)))
            .toList();
  }

  /** One row, rows and columns of several lengths, not starting at 0. */
  private static List<Block> blocks(int size) {
    int third = size / 3;
    return List.of(
        Block.ofRows(0, 1, size, 0),
        Block.ofRows(Math.min(size, 1), 3, Math.max(0, (size - 1) / 3), 2),
        Block.ofColumns(0, 1, size, 0),
        Block.ofColumns(size - 3L * third, 3, third, 1));
  }

  private static AffineSteps steps(int min, int max, float scale, int zeroPoint) {
    int slots = 66_000;
    float[] scales = new float[slots];
    int[] zeroPoints = new int[slots];
    for (int i = 0; i < slots; i++) {
      scales[i] = scale * (1 + i % 5);
      zeroPoints[i] = Math.clamp(zeroPoint + i % 3, min, max);
    }
    return new AffineSteps(scales, zeroPoints, min, max);
  }
}
