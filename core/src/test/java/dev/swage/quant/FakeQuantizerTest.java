package dev.swage.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FakeQuantizerTest {
  record Case(Shape shape, QuantScheme scheme) {}

  /** All widths and granularities over shapes with odd sizes, ragged groups and empty axes. */
  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (Shape shape : shapes()) {
      for (Granularity granularity : SlowQuantizer.granularities(shape)) {
        for (int bits : shape.elements() > 10_000 ? List.of(4, 8) : List.of(2, 3, 4, 7, 8)) {
          cases.add(new Case(shape, QuantScheme.symmetric(bits, granularity)));
          cases.add(new Case(shape, QuantScheme.asymmetric(bits, granularity)));
        }
        cases.add(new Case(shape, new QuantScheme(DType.UINT4, 4, true, granularity)));
        cases.add(new Case(shape, new QuantScheme(DType.INT8, 8, false, granularity)));
      }
    }
    return cases.stream();
  }

  private static List<Shape> shapes() {
    return List.of(
        Shape.of(),
        Shape.of(5, 7),
        Shape.of(33, 65),
        Shape.of(3, 4, 3, 3),
        Shape.of(6, 5, 7),
        Shape.of(9),
        Shape.of(0, 4),
        Shape.of(300, 257),
        Shape.of(2, 70_001));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void forwardIsEncodingAndDecoding(Case c) {
    Tensor tensor = Tensor.ofFloats(c.shape(), values(c.shape(), 1));
    QuantParams params = Quantizer.quantize(tensor, c.scheme(), RangeEstimator.minMax()).params();
    // Half of the elements are clipped.
    float[] scales = params.scales().clone();
    for (int i = 0; i < scales.length; i += 2) {
      scales[i] /= 4;
    }
    QuantParams narrow = new QuantParams(params.shape(), scales, params.zeroPoints());
    Tensor expected = Quantizer.dequantize(Quantizer.encode(tensor, c.scheme(), narrow));
    float[] y = new float[(int) c.shape().elements()];
    FakeQuantizer quantizer = FakeQuantizer.of(c.shape(), c.scheme());
    assertThat(quantizer.slots()).isEqualTo(scales.length);
    quantizer.forward(tensor.data(), scales, params.zeroPoints(), MemorySegment.ofArray(y));
    assertThat(MemorySegment.ofArray(y).mismatch(expected.data())).isEqualTo(-1);
    float[] inPlace = tensor.toFloats();
    MemorySegment memory = MemorySegment.ofArray(inPlace);
    quantizer.forward(memory, scales, params.zeroPoints(), memory);
    assertThat(inPlace).isEqualTo(y);
  }

  @Test
  void codesMayHaveSixteenBits() {
    float[] x = {0, 0.49f, 1.5f, 2.5f, -1.5f, 1e9f, -1e9f, Float.NaN, Float.POSITIVE_INFINITY};
    float[] y = new float[x.length];
    Shape shape = Shape.of(x.length);
    float[] one = {1};
    new FakeQuantizer(shape, Granularity.perTensor(), -32768, 32767)
        .forward(MemorySegment.ofArray(x), one, new int[] {7}, MemorySegment.ofArray(y));
    assertThat(y).containsExactly(0, 0, 2, 2, -2, 32760, -32775, -32775, 32760);
    new FakeQuantizer(shape, Granularity.perTensor(), 0, 65535)
        .forward(MemorySegment.ofArray(x), one, new int[] {65535}, MemorySegment.ofArray(y));
    assertThat(y).containsExactly(0, 0, 0, 0, -2, 0, -65535, -65535, 0);
  }

  /** One of each path through the sums: pieces apart, pieces added, columns, wrapped runs. */
  static Stream<Case> gradientCases() {
    List<Case> cases = new ArrayList<>();
    for (Shape shape : shapes()) {
      for (Granularity granularity : SlowQuantizer.granularities(shape)) {
        cases.add(new Case(shape, QuantScheme.asymmetric(4, granularity)));
        cases.add(new Case(shape, QuantScheme.symmetric(3, granularity)));
      }
    }
    for (Granularity granularity :
        List.of(
            Granularity.perTensor(),
            Granularity.perChannel(0),
            Granularity.perChannel(1),
            Granularity.perChannel(2),
            Granularity.perGroup(0, 2),
            Granularity.perGroup(1, 32),
            Granularity.perGroup(2, 32))) {
      cases.add(new Case(Shape.of(7, 50, 1001), QuantScheme.asymmetric(4, granularity)));
      cases.add(new Case(Shape.of(7, 17, 3000), QuantScheme.asymmetric(4, granularity)));
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("gradientCases")
  void gradientsAreThoseOfTheFormulas(Case c) {
    Fixture f = Fixture.of(c);
    Gradients expected = f.slow();
    Gradients both = f.backward();
    assertThat(both.dx()).isEqualTo(expected.dx());
    assertClose(both.byScale(), expected.byScale(), expected.size());
    assertClose(both.byOffset(), expected.byOffset(), expected.size());
    float[] dx = new float[f.x().length];
    f.quantizer()
        .straightThrough(
            MemorySegment.ofArray(f.x()),
            MemorySegment.ofArray(f.dy()),
            f.scales(),
            f.zeroPoints(),
            MemorySegment.ofArray(dx));
    assertThat(dx).isEqualTo(both.dx());
    double[] byScale = new double[f.scales().length];
    double[] byOffset = new double[f.scales().length];
    f.quantizer()
        .stepGradients(
            MemorySegment.ofArray(f.x()),
            MemorySegment.ofArray(f.dy()),
            f.scales(),
            f.zeroPoints(),
            byScale,
            byOffset);
    assertThat(byScale).isEqualTo(both.byScale());
    assertThat(byOffset).isEqualTo(both.byOffset());
  }

  private static void assertClose(double[] actual, double[] expected, double[] size) {
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).as("entry %d", i).isCloseTo(expected[i], within(1e-6 * size[i]));
    }
  }

  /**
   * @param size sum of the magnitudes of what is added up by scale, and of dy
   */
  @SuppressWarnings("ArrayRecordComponent") // Compared by assertions only.
  private record Gradients(float[] dx, double[] byScale, double[] byOffset, double[] size) {}

  /** A tensor, a gradient, and steps that clip some. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Fixture(Case c, float[] x, float[] dy, float[] scales, int[] zeroPoints) {
    static Fixture of(Case c) {
      int slots = (int) c.scheme().granularity().paramShape(c.shape()).elements();
      float[] scales = new float[slots];
      int[] zeroPoints = new int[slots];
      RandomGenerator random = TestFloats.random(5);
      for (int i = 0; i < slots; i++) {
        scales[i] = 0.1f + random.nextFloat();
        zeroPoints[i] = random.nextInt(c.scheme().qmin(), c.scheme().qmax() + 1);
      }
      return new Fixture(c, values(c.shape(), 1), values(c.shape(), 2), scales, zeroPoints);
    }

    FakeQuantizer quantizer() {
      return FakeQuantizer.of(c.shape(), c.scheme());
    }

    Gradients backward() {
      float[] dx = new float[x.length];
      double[] byScale = new double[scales.length];
      double[] byOffset = new double[scales.length];
      quantizer()
          .backward(
              MemorySegment.ofArray(x),
              MemorySegment.ofArray(dy),
              scales,
              zeroPoints,
              MemorySegment.ofArray(dx),
              byScale,
              byOffset);
      return new Gradients(dx, byScale, byOffset, new double[0]);
    }

    /** Element by element, in double where sums are. */
    Gradients slow() {
      float[] dx = new float[x.length];
      double[] byScale = new double[scales.length];
      double[] byOffset = new double[scales.length];
      double[] size = new double[scales.length];
      for (int i = 0; i < x.length; i++) {
        int slot = SlowQuantizer.slot(c.shape(), c.scheme().granularity(), i);
        double low = c.scheme().qmin() - zeroPoints[slot];
        double high = c.scheme().qmax() - zeroPoints[slot];
        float t = x[i] / scales[slot];
        boolean inside = low <= t && t <= high;
        double factor = inside ? Math.rint(t) - t : Math.clamp((double) t, low, high);
        dx[i] = inside ? dy[i] : 0;
        byScale[slot] += dy[i] * factor;
        byOffset[slot] += inside ? 0 : dy[i];
        size[slot] += Math.abs(dy[i] * factor) + Math.abs(dy[i]);
      }
      return new Gradients(dx, byScale, byOffset, size);
    }
  }

  /**
   * With rounding errors held fixed, which is what passing straight through means, the gradients
   * are ordinary derivatives of Σ dy · y.
   */
  @ParameterizedTest
  @ValueSource(ints = {2, 4, 8})
  void gradientsAreDerivativesWithRoundingErrorsHeldFixed(int bits) {
    Shape shape = Shape.of(40);
    QuantScheme scheme = QuantScheme.asymmetric(bits, Granularity.perTensor());
    double step = bits == 8 ? 0.02 : bits == 4 ? 0.2 : 0.8;
    Surrogate surrogate = new Surrogate(scheme.qmin(), scheme.qmax(), 1 << (bits - 1), step);
    float[] x = values(shape, 8);
    for (int i = 0; i < x.length; i++) {
      x[i] = surrogate.awayFromRoundingPoints(x[i]);
    }
    float[] dy = values(shape, 9);
    float[] dx = new float[x.length];
    double[] byScale = new double[1];
    double[] byOffset = new double[1];
    FakeQuantizer.of(shape, scheme)
        .backward(
            MemorySegment.ofArray(x),
            MemorySegment.ofArray(dy),
            new float[] {(float) step},
            new int[] {1 << (bits - 1)},
            MemorySegment.ofArray(dx),
            byScale,
            byOffset);
    double h = 1e-6;
    double expectedScale = 0;
    double expectedOffset = 0;
    int clipped = 0;
    for (int i = 0; i < x.length; i++) {
      double error = surrogate.roundingError(x[i]);
      double byX = difference(surrogate, x[i], error, h, 0, 0);
      assertThat((double) dx[i]).isCloseTo(dy[i] * byX, within(1e-5));
      expectedScale += dy[i] * difference(surrogate, x[i], error, 0, h, 0);
      expectedOffset += dy[i] * difference(surrogate, x[i], error, 0, 0, h);
      clipped += byX < 0.5 ? 1 : 0;
    }
    assertThat(clipped).isBetween(1, x.length - 1);
    assertThat(byScale[0]).isCloseTo(expectedScale, within(1e-3 * (1 << bits)));
    assertThat(byOffset[0]).isCloseTo(expectedOffset, within(1e-4));
  }

  private static double difference(
      Surrogate f, double x, double error, double dx, double dScale, double dOffset) {
    double up = f.at(x + dx, error, f.step() + dScale, dOffset);
    double down = f.at(x - dx, error, f.step() - dScale, -dOffset);
    return (up - down) / (2 * (dx + dScale + dOffset));
  }

  /**
   * y(x, s, β) = (clip((x − β) / s, n, p) + e) · s + β, where e is the rounding error at a point.
   */
  private record Surrogate(int qmin, int qmax, int zero, double step) {
    double at(double x, double error, double scale, double offset) {
      return (clipped(x, scale, offset) + error) * scale + offset;
    }

    private double clipped(double x, double scale, double offset) {
      return Math.clamp((x - offset) / scale, qmin - zero, (double) qmax - zero);
    }

    double roundingError(double x) {
      double t = clipped(x, step, 0);
      return Math.rint(t) - t;
    }

    float awayFromRoundingPoints(float x) {
      double t = x / step;
      double toMiddle = t - Math.floor(t) - 0.5;
      return (float) (Math.abs(toMiddle) < 0.1 ? x + 0.2 * step : x);
    }
  }

  @Test
  void nanMakesTheGradientOfItsScaleNan() {
    float[] x = {0.25f, Float.NaN, 0.75f, 9};
    float[] dy = {1, 1, 1, 1};
    float[] dx = new float[4];
    double[] byScale = new double[2];
    double[] byOffset = new double[2];
    new FakeQuantizer(Shape.of(2, 2), Granularity.perChannel(0), -8, 7)
        .backward(
            MemorySegment.ofArray(x),
            MemorySegment.ofArray(dy),
            new float[] {1, 1},
            new int[2],
            MemorySegment.ofArray(dx),
            byScale,
            byOffset);
    assertThat(dx).containsExactly(1, 0, 1, 0);
    assertThat(byScale).containsExactly(Double.NaN, 7.25);
    assertThat(byOffset).containsExactly(0, 1);
  }

  @Test
  void sumsAreAddedToWhatIsThere() {
    double[] byScale = {100};
    double[] byOffset = {10};
    new FakeQuantizer(Shape.of(2), Granularity.perTensor(), -8, 7)
        .stepGradients(
            MemorySegment.ofArray(new float[] {0.25f, -20}),
            MemorySegment.ofArray(new float[] {4, 2}),
            new float[] {1},
            new int[] {0},
            byScale,
            byOffset);
    assertThat(byScale).containsExactly(100 - 1 - 16);
    assertThat(byOffset).containsExactly(12);
  }

  @Test
  void flipsAreElementsWithAnotherCode() {
    Shape shape = Shape.of(300, 700);
    float[] before = values(shape, 3);
    float[] after = values(shape, 4);
    for (int i = 0; i < after.length; i++) {
      after[i] = before[i] + 0.1f * after[i];
    }
    for (Granularity granularity : SlowQuantizer.granularities(shape)) {
      QuantScheme scheme = QuantScheme.symmetric(4, granularity);
      Shape params = granularity.paramShape(shape);
      float[] scales = TestFloats.filled((int) params.elements(), 0.4f);
      float[] moved = TestFloats.filled((int) params.elements(), 0.41f);
      int[] zeros = new int[scales.length];
      int[] a = codes(Tensor.ofFloats(shape, before), scheme, scales);
      int[] b = codes(Tensor.ofFloats(shape, after), scheme, moved);
      long expected = 0;
      for (int i = 0; i < a.length; i++) {
        expected += a[i] != b[i] ? 1 : 0;
      }
      assertThat(expected).isBetween(1000L, 209_000L);
      long flips =
          FakeQuantizer.of(shape, scheme)
              .flips(
                  MemorySegment.ofArray(before),
                  scales,
                  MemorySegment.ofArray(after),
                  moved,
                  zeros);
      assertThat(flips).isEqualTo(expected);
    }
  }

  private static int[] codes(Tensor tensor, QuantScheme scheme, float[] scales) {
    Shape params = scheme.granularity().paramShape(tensor.shape());
    QuantParams fixed = new QuantParams(params, scales, new int[scales.length]);
    return SlowQuantizer.codes(Quantizer.encode(tensor, scheme, fixed).codes());
  }

  @ParameterizedTest
  @MethodSource("gradientCases")
  void threadsDoNotChangeBits(Case c) {
    Fixture f = Fixture.of(c);
    Gradients here = f.backward();
    for (int threads : new int[] {1, 3}) {
      try (ForkJoinPool pool = new ForkJoinPool(threads)) {
        Gradients there = pool.submit(f::backward).join();
        assertThat(there.dx()).isEqualTo(here.dx());
        assertThat(there.byScale()).isEqualTo(here.byScale());
        assertThat(there.byOffset()).isEqualTo(here.byOffset());
      }
    }
  }

  @Test
  void memoryOfOneThreadIsWorkedOnByThatThread() {
    Shape shape = Shape.of(300, 1000);
    float[] x = values(shape, 6);
    float[] expected = new float[x.length];
    FakeQuantizer quantizer = new FakeQuantizer(shape, Granularity.perChannel(1), 0, 15);
    float[] scales = TestFloats.filled(1000, 0.3f);
    int[] zeros = new int[1000];
    Arrays.fill(zeros, 8);
    quantizer.forward(MemorySegment.ofArray(x), scales, zeros, MemorySegment.ofArray(expected));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(4L * x.length).copyFrom(MemorySegment.ofArray(x));
      double[] sums = new double[1000];
      quantizer.stepGradients(memory, memory, scales, zeros, sums, new double[1000]);
      quantizer.forward(memory, scales, zeros, memory);
      assertThat(memory.mismatch(MemorySegment.ofArray(expected))).isEqualTo(-1);
      assertThat(sums[999]).isNotZero();
    }
  }

  @Test
  void whatDoesNotFitIsNamed() {
    Shape shape = Shape.of(2, 3);
    FakeQuantizer quantizer = new FakeQuantizer(shape, Granularity.perChannel(0), -8, 7);
    MemorySegment x = MemorySegment.ofArray(new float[6]);
    MemorySegment small = MemorySegment.ofArray(new float[5]);
    int[] zeros = new int[2];
    assertThatThrownBy(() -> quantizer.forward(x, new float[] {1}, new int[] {0}, x))
        .hasMessage("a tensor [2, 3] needs 2 scales here, got 1");
    assertThatThrownBy(() -> quantizer.forward(x, new float[] {1, 1}, new int[] {0}, x))
        .hasMessage("as many zero points as scales needed, got 1 and 2");
    assertThatThrownBy(() -> quantizer.forward(x, new float[] {1, 1}, zeros, small))
        .hasMessage("a float32 tensor [2, 3] has 24 bytes, got 20");
    for (float scale : new float[] {0, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> quantizer.forward(x, new float[] {1, scale}, zeros, x))
          .hasMessage("scales must be positive and finite, got " + scale + " at index 1");
    }
    assertThatThrownBy(() -> quantizer.forward(x, new float[] {1, 1}, new int[] {0, 65536}, x))
        .hasMessage("zero points must be -32768…65535, got 65536 at index 1");
    assertThatThrownBy(() ->
            quantizer.stepGradients(x, x, new float[] {1, 1}, zeros, new double[2], new double[1]))
        .hasMessage("a tensor [2, 3] needs 2 sums by scale and by offset here, got 2 and 1");
    assertThatThrownBy(() -> new FakeQuantizer(shape, Granularity.perTensor(), -1, 32768))
        .hasMessage("codes must be a range within -32768…32767 or 0…65535, got -1…32768");
  }

  private static float[] values(Shape shape, long seed) {
    return TestFloats.gaussian((int) shape.elements(), 1.5, seed);
  }
}
