package dev.swage.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.testkit.TestFloats;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The Vector API kernels give the same bits as the scalar ones, which specify them. */
class QuantizationTwinTest {
  private static final List<AffineCodes> CODES =
      List.of(
          affine(-127, 127, 0.02f, 0),
          affine(-128, 127, 0.013f, -5),
          affine(0, 255, 0.011f, 117),
          affine(-7, 7, 0.3f, 0),
          affine(0, 15, 0.21f, 7),
          affine(-1, 1, 1f, 0),
          affine(0, 3, 0.7f, 1));

  private final QuantizationKernels scalar = new ScalarQuantization();
  private final QuantizationKernels vector = new VectorQuantization();

  @BeforeEach
  void needsWideVectors() {
    Assumptions.assumeTrue(VectorQuantization.fits(), "this machine has no 256-bit vectors");
  }

  static IntStream sizes() {
    return TestFloats.sizes();
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void extremesAgreeOnRowsAndColumns(int size) {
    fills(size)
        .forEach(values -> {
          for (Block block : blocks(size)) {
            int slots = Math.toIntExact(block.slotEnd());
            assertThat(bits(absMax(vector, values, block, slots)))
                .as("absMax of %s", block)
                .isEqualTo(bits(absMax(scalar, values, block, slots)));
            assertThat(minMax(vector, values, block, slots))
                .as("minMax of %s", block)
                .isEqualTo(minMax(scalar, values, block, slots));
          }
        });
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void codesAgree(int size) {
    fills(size)
        .forEach(values -> {
          for (Block block : blocks(size)) {
            for (AffineCodes affine : codes(size)) {
              assertThat(quantize(vector, values, block, affine))
                  .as("%d…%d of %s", affine.min(), affine.max(), block)
                  .isEqualTo(quantize(scalar, values, block, affine));
            }
          }
        });
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void quantizingARowWhileScanningTheNextIsDoingBoth(int size) {
    float[] values = TestFloats.gaussian(2 * size + 3, 2, 6);
    MemorySegment x = MemorySegment.ofArray(values);
    if (size > 2) {
      values[3] = Float.MAX_VALUE;
      values[4] = -Float.MAX_VALUE;
      values[5] = -0f;
    }
    for (float extreme : new float[] {0, 1e30f, Float.NEGATIVE_INFINITY, Float.NaN}) {
      values[values.length - 1] = extreme;
      Block row = Block.ofRows(3, 1, size, 4);
      for (AffineCodes affine : codes(size)) {
        byte[] expected = new byte[size + 3];
        byte[] actual = new byte[size + 3];
        float[] expectedMax = new float[6];
        float[] actualMax = new float[6];
        scalar.quantizeThenScan(x, row, affine, MemorySegment.ofArray(expected), expectedMax);
        vector.quantizeThenScan(x, row, affine, MemorySegment.ofArray(actual), actualMax);
        assertThat(actual).isEqualTo(expected);
        assertThat(bits(actualMax)).isEqualTo(bits(expectedMax));
      }
    }
  }

  /** Where a quotient and a product with the reciprocal could round to different integers. */
  @Test
  void codesAgreeAroundTheMiddlesBetweenIntegers() {
    float[] scales = {0.1f, 0.00787f, 3, 1e-20f, 0x1p-120f, 0x1p110f, 7e-3f, 0x1p-5f};
    for (float scale : scales) {
      int length = 7 * 300;
      float[] values = new float[2 * length];
      for (int k = 0; k < 300; k++) {
        float middle = (float) ((k - 150 + 0.5) * (double) scale);
        float below = Math.nextDown(middle);
        float above = Math.nextUp(middle);
        float[] around = {
          middle, below, above, Math.nextDown(below), Math.nextUp(above), 0, -middle
        };
        System.arraycopy(around, 0, values, 7 * k, 7);
      }
      for (int zero : new int[] {0, -128, 127}) {
        AffineCodes affine = new AffineCodes(new float[] {scale}, new int[] {zero}, -128, 127);
        Block row = Block.ofRows(0, 1, length, 0);
        byte[][] codes = new byte[2][length];
        MemorySegment x = MemorySegment.ofArray(values);
        scalar.quantizeThenScan(x, row, affine, MemorySegment.ofArray(codes[0]), new float[2]);
        vector.quantizeThenScan(x, row, affine, MemorySegment.ofArray(codes[1]), new float[2]);
        assertThat(codes[1]).as("scale %s, zero point %d", scale, zero).isEqualTo(codes[0]);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void dequantizedValuesAgree(int size) {
    for (Block block : blocks(size)) {
      for (AffineCodes affine : codes(size)) {
        byte[] codes = quantize(scalar, TestFloats.gaussian(size, 2, 5), block, affine);
        float[][] results = new float[2][size];
        scalar.dequantize(
            MemorySegment.ofArray(codes), 0, block, affine, MemorySegment.ofArray(results[0]));
        vector.dequantize(
            MemorySegment.ofArray(codes), 0, block, affine, MemorySegment.ofArray(results[1]));
        assertThat(bits(results[1])).isEqualTo(bits(results[0]));
      }
    }
  }

  @Test
  void projectionsOnScalesAgreeToTheBit() {
    for (int trials : new int[] {1, 2, 5, 16}) {
      for (int rows : new int[] {0, 1, 2, 31, 32, 33, ScaleTrials.ROWS}) {
        ScaleTrials expected = trials(trials);
        ScaleTrials actual = trials(trials);
        for (int tile = 0; tile < 2; tile++) {
          float[] values = TestFloats.gaussian(expected.tile().length, 3, 8 + tile);
          System.arraycopy(values, 0, expected.tile(), 0, values.length);
          System.arraycopy(values, 0, actual.tile(), 0, values.length);
          scalar.project(expected, rows);
          vector.project(actual, rows);
        }
        assertThat(actual.products).isEqualTo(expected.products);
        assertThat(actual.squares).isEqualTo(expected.squares);
      }
    }
  }

  /** Codes of several widths and zero points, and scales that some values are beyond. */
  private static ScaleTrials trials(int count) {
    ScaleTrials trials = new ScaleTrials(count);
    for (int lane = 0; lane < ScaleTrials.LANES; lane++) {
      trials.setCodes(lane, lane % 4 == 0 ? -8 : -lane, lane % 5 == 0 ? 127 : 7);
      for (int trial = 0; trial < count; trial++) {
        trials.set(trial, lane, (lane + 1) / (0.1f + trial));
      }
    }
    return trials;
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void codesThatAreMeasuredAreTheSameAndSoIsWhatTheyLose(int size) {
    float[] values = TestFloats.gaussian(size, 2, 7);
    for (Block block : blocks(size)) {
      for (AffineCodes affine : codes(size)) {
        CodeLoss expected = new CodeLoss(0.5f);
        CodeLoss actual = new CodeLoss(0.5f);
        byte[] codes = quantize(scalar, values, block, affine);
        for (int round = 0; round < 2; round++) {
          assertThat(measured(scalar, values, block, affine, expected)).isEqualTo(codes);
          assertThat(measured(vector, values, block, affine, actual)).isEqualTo(codes);
        }
        assertThat(bits(actual.lanes)).isEqualTo(bits(expected.lanes));
        assertThat(actual.signal()).isEqualTo(expected.signal());
        assertThat(actual.noise()).isEqualTo(expected.noise());
      }
    }
  }

  private static byte[] measured(
      QuantizationKernels kernels, float[] x, Block block, AffineCodes affine, CodeLoss loss) {
    byte[] codes = new byte[Math.toIntExact(block.elements())];
    kernels.quantizeAndMeasure(
        MemorySegment.ofArray(x), block, affine, MemorySegment.ofArray(codes), 0, loss);
    return codes;
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void packingAgreesAndComesBack(int size) {
    byte[] random = new byte[size];
    TestFloats.random(11).nextBytes(random);
    for (int bits : new int[] {2, 4}) {
      int packedSize = Math.ceilDiv(size * bits, 8);
      byte[] expected = new byte[packedSize];
      byte[] actual = new byte[packedSize];
      scalar.pack(MemorySegment.ofArray(random), MemorySegment.ofArray(expected), bits);
      vector.pack(MemorySegment.ofArray(random), MemorySegment.ofArray(actual), bits);
      assertThat(actual).isEqualTo(expected);
      for (boolean signed : new boolean[] {true, false}) {
        byte[] codes = new byte[size];
        vector.unpack(MemorySegment.ofArray(actual), MemorySegment.ofArray(codes), bits, signed);
        byte[] slow = new byte[size];
        scalar.unpack(MemorySegment.ofArray(actual), MemorySegment.ofArray(slow), bits, signed);
        assertThat(codes).isEqualTo(slow).isEqualTo(narrowed(random, bits, signed));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void histogramsAgree(int size) {
    fills(size)
        .forEach(values -> {
          for (float scale : new float[] {1, 0x1p5f, 0x1p-100f, 0x1p100f}) {
            long[] expected = new long[64];
            long[] actual = new long[64];
            long skipped = scalar.histogram(MemorySegment.ofArray(values), scale, expected);
            assertThat(vector.histogram(MemorySegment.ofArray(values), scale, actual))
                .isEqualTo(skipped);
            assertThat(actual).isEqualTo(expected);
            assertThat(Arrays.stream(actual).sum() + skipped).isEqualTo(size);
          }
        });
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void summariesAgree(int size) {
    fills(size)
        .forEach(values -> {
          MemorySegment x = MemorySegment.ofArray(values);
          FloatSummary expected = scalar.summary(x);
          assertThat(vector.summary(x)).isEqualTo(expected);
          assertThat(expected.count() + expected.nonFinite()).isEqualTo(size);
        });
  }

  /** All codes for sizes around vectors, some for sizes around chunks. */
  private static List<AffineCodes> codes(int size) {
    return size > 5000 ? CODES.subList(1, 3) : CODES;
  }

  /** Gaussian values, the edge values strewn into them, and constant fills of small sizes. */
  private static List<float[]> fills(int size) {
    float[] strewn = TestFloats.gaussian(size, 2, 2);
    List<Float> edges = TestFloats.edges().toList();
    for (int i = 0; i < size; i += 7) {
      strewn[i] = edges.get(i / 7 % edges.size());
    }
    float[] finite = TestFloats.gaussian(size, 2, 1);
    return size > 300
        ? List.of(finite, strewn)
        : Stream.concat(
                Stream.of(finite, strewn, ties(size)),
                edges.stream().map(edge -> TestFloats.filled(size, edge)))
            .toList();
  }

  /** Halves and quarters: values at which rounding must choose the even neighbour. */
  private static float[] ties(int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (i - size / 2) * 0.5f;
    }
    return values;
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

  private static AffineCodes affine(int min, int max, float scale, int zeroPoint) {
    int slots = 70_000;
    float[] scales = new float[slots];
    int[] zeroPoints = new int[slots];
    for (int i = 0; i < slots; i++) {
      scales[i] = scale * (1 + i % 5);
      zeroPoints[i] = Math.clamp(zeroPoint + i % 3, min, max);
    }
    return new AffineCodes(scales, zeroPoints, min, max);
  }

  private static float[] absMax(
      QuantizationKernels kernels, float[] values, Block block, int slots) {
    float[] into = new float[slots];
    kernels.absMax(MemorySegment.ofArray(values), block, into);
    return into;
  }

  private static int[] minMax(QuantizationKernels kernels, float[] values, Block block, int slots) {
    float[] min = TestFloats.filled(slots, Float.POSITIVE_INFINITY);
    float[] max = TestFloats.filled(slots, Float.NEGATIVE_INFINITY);
    kernels.minMax(MemorySegment.ofArray(values), block, min, max);
    return IntStream.concat(Arrays.stream(bits(min)), Arrays.stream(bits(max))).toArray();
  }

  private static byte[] quantize(
      QuantizationKernels kernels, float[] values, Block block, AffineCodes affine) {
    byte[] codes = new byte[Math.toIntExact(block.elements())];
    kernels.quantize(MemorySegment.ofArray(values), block, affine, MemorySegment.ofArray(codes), 0);
    return codes;
  }

  private static byte[] narrowed(byte[] codes, int bits, boolean signed) {
    byte[] narrowed = new byte[codes.length];
    for (int i = 0; i < codes.length; i++) {
      int low = codes[i] & ((1 << bits) - 1);
      boolean negative = signed && low >= 1 << (bits - 1);
      narrowed[i] = (byte) (negative ? low - (1 << bits) : low);
    }
    return narrowed;
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToIntBits(values[i]);
    }
    return bits;
  }
}
