package dev.swage.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.quant.RangeEstimator.MeanSquaredError;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ScaleSearchTest {
  private static final MeanSquaredError LEAST =
      (MeanSquaredError) RangeEstimator.meanSquaredError();

  record Case(Shape shape, QuantScheme scheme) {}

  /** All layouts: short groups, odd widths, scales spread over several slabs, long rows. */
  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (Shape shape :
        List.of(
            Shape.of(5, 7),
            Shape.of(33, 65),
            Shape.of(40, 16),
            Shape.of(3, 4, 3, 3),
            Shape.of(6, 5, 7),
            Shape.of(0, 4),
            Shape.of(2, 1500))) {
      for (Granularity granularity : SlowQuantizer.granularities(shape)) {
        for (int bits : new int[] {2, 4, 8}) {
          cases.add(new Case(shape, QuantScheme.symmetric(bits, granularity)));
          cases.add(new Case(shape, QuantScheme.asymmetric(bits, granularity)));
        }
        cases.add(new Case(shape, new QuantScheme(DType.UINT4, 4, true, granularity)));
        cases.add(new Case(shape, new QuantScheme(DType.INT8, 3, false, granularity)));
      }
    }
    return cases.stream();
  }

  /** Sums in float32 tell scales apart whose losses differ by more than 2⁻²¹ of Σ x². */
  @ParameterizedTest
  @MethodSource("cases")
  void itLosesAsLittleAsTheObviousSearch(Case c) {
    Tensor tensor = tensor(c.shape(), 42);
    QuantizedTensor found = Quantizer.quantize(tensor, c.scheme(), LEAST);
    double[] slow = SlowScaleSearch.scales(tensor, c.scheme(), LEAST);
    float[] scales = new float[slow.length];
    for (int slot = 0; slot < slow.length; slot++) {
      scales[slot] = (float) slow[slot];
    }
    QuantParams params =
        new QuantParams(found.params().shape(), scales, found.params().zeroPoints());
    double expected = QuantError.of(tensor, Quantizer.encode(tensor, c.scheme(), params)).noise();
    double noise = QuantError.of(tensor, found).noise();
    double resolved = QuantError.between(tensor, tensor).signal() * 0x1p-21;
    assertThat(noise).isCloseTo(expected, Offset.offset(resolved + 1e-12));
    assertThat(found.params().zeroPoints())
        .isEqualTo(SlowQuantizer.fit(tensor, c.scheme()).zeroPoints());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void itNeverLosesMoreThanMinMax(Case c) {
    Tensor tensor = tensor(c.shape(), 43);
    double minMax = noise(tensor, c.scheme(), RangeEstimator.minMax());
    assertThat(noise(tensor, c.scheme(), LEAST)).isLessThanOrEqualTo(minMax * 1.000001);
  }

  /** GPTQ's range search: 80 shrunken ranges, each only measured; symmetric codes leave out one. */
  @ParameterizedTest
  @CsvSource({
    "2, 32", "2, 128", "3, 32", "4, 16", "4, 32", "4, 128", "4, 4096", "5, 64", "6, 128", "8, 64"
  })
  void itLosesNoMoreThanEightyShrunkenRanges(int bits, int group) {
    for (String distribution : List.of("gaussian", "uniform", "heavy")) {
      Tensor tensor = Tensor.ofFloats(Shape.of(48, 4096), values(distribution, 48 * 4096));
      for (boolean symmetric : new boolean[] {true, false}) {
        Granularity groups = Granularity.perGroup(1, group);
        QuantScheme scheme =
            symmetric ? QuantScheme.symmetric(bits, groups) : QuantScheme.asymmetric(bits, groups);
        double found = QuantError.of(tensor, Quantizer.quantize(tensor, scheme, LEAST)).sqnrDb();
        double signal = QuantError.between(tensor, tensor).signal();
        double shrunken = 10 * Math.log10(signal / shrunkenNoise(tensor, scheme, group));
        assertThat(found).as("%s, %s", distribution, scheme).isGreaterThan(shrunken - 0.05);
      }
    }
  }

  @Test
  void narrowSymmetricCodesUseTheirLastOne() {
    Tensor tensor = Tensor.ofFloats(Shape.of(4), -8, 7, 3, -2);
    QuantScheme scheme = QuantScheme.symmetric(4, Granularity.perTensor());
    QuantizedTensor found = Quantizer.quantize(tensor, scheme, LEAST);
    assertThat(SlowQuantizer.codes(found.codes())).containsExactly(-8, 7, 3, -2);
    assertThat(found.params().scales()).containsExactly(1);
    QuantizedTensor byRule = Quantizer.quantize(tensor, scheme, RangeEstimator.minMax());
    assertThat(byRule.params().scales()).containsExactly(8 / 7f);
    assertThat(SlowQuantizer.codes(byRule.codes())).containsExactly(-7, 6, 3, -2);
  }

  @Test
  void weightsThatAreCodesAlreadyComeBack() {
    for (int bits = 2; bits <= 8; bits++) {
      QuantScheme scheme = QuantScheme.symmetric(bits, Granularity.perGroup(1, 32));
      float[] values = new float[64 * 32];
      for (int i = 0; i < values.length; i++) {
        int code = i % 32 == 0 ? scheme.qmax() : TestFloats.random(i).nextInt(-1, 2);
        values[i] = code * 0.037f * (1 + i / 32);
      }
      Tensor tensor = Tensor.ofFloats(Shape.of(64, 32), values);
      QuantError error = QuantError.of(tensor, Quantizer.quantize(tensor, scheme, LEAST));
      assertThat(error.relativeError()).as("%d bits", bits).isLessThan(1e-6);
    }
  }

  /** Beside other rows, on one core or more, in pieces: a scale sees its own elements only. */
  @Test
  void scalesDependOnTheirOwnElementsOnly() throws Exception {
    for (Granularity granularity :
        List.of(
            Granularity.perChannel(0),
            Granularity.perGroup(1, 32),
            Granularity.perGroup(0, 32),
            Granularity.perGroup(1, 2048))) {
      QuantScheme scheme = QuantScheme.symmetric(4, granularity);
      Tensor whole = tensor(Shape.of(96, 5000), 5);
      float[] all = Quantizer.quantize(whole, scheme, LEAST).params().scales();
      List<Float> pieces = new ArrayList<>();
      for (int row = 0; row < 96; row += 32) {
        Tensor piece =
            Tensor.of(
                DType.FLOAT32,
                Shape.of(32, 5000),
                whole.data().asSlice(row * 5000L * Float.BYTES, 32 * 5000L * Float.BYTES));
        for (float scale : Quantizer.quantize(piece, scheme, LEAST).params().scales()) {
          pieces.add(scale);
        }
      }
      assertThat(pieces).containsExactlyElementsOf(boxed(all));
      try (ForkJoinPool one = new ForkJoinPool(1)) {
        float[] alone =
            one.submit(() -> Quantizer.quantize(whole, scheme, LEAST).params().scales()).get();
        assertThat(alone).isEqualTo(all);
      }
    }
  }

  /** Where there are few scales, parts of one are summed on several cores. */
  @Test
  void fewLargeScalesHaveTheSameBitsOnAnyNumberOfCores() throws Exception {
    for (Granularity granularity : List.of(Granularity.perTensor(), Granularity.perChannel(1))) {
      QuantScheme scheme = QuantScheme.asymmetric(4, granularity);
      Tensor tensor = tensor(Shape.of(90_000, 3), 6);
      float[] all = Quantizer.quantize(tensor, scheme, LEAST).params().scales();
      try (ForkJoinPool one = new ForkJoinPool(1)) {
        float[] alone =
            one.submit(() -> Quantizer.quantize(tensor, scheme, LEAST).params().scales()).get();
        assertThat(alone).isEqualTo(all);
      }
    }
  }

  @Test
  void valuesAtTheEndsOfFloatsHaveUsableScales() {
    for (float magnitude :
        new float[] {0, Float.MIN_VALUE, Float.MIN_NORMAL, 1e-36f, 1e36f, Float.MAX_VALUE}) {
      Tensor tensor =
          Tensor.ofFloats(Shape.of(4), magnitude, -magnitude, magnitude / 2, magnitude / 3);
      for (int bits = 2; bits <= 8; bits++) {
        for (QuantScheme scheme :
            List.of(
                QuantScheme.symmetric(bits, Granularity.perTensor()),
                QuantScheme.asymmetric(bits, Granularity.perTensor()))) {
          QuantizedTensor found = Quantizer.quantize(tensor, scheme, LEAST);
          assertThat(found.params().scales()[0]).isFinite().isPositive();
          double minMax = noise(tensor, scheme, RangeEstimator.minMax());
          assertThat(QuantError.of(tensor, found).noise())
              .as("%s of %s", scheme, magnitude)
              .isLessThanOrEqualTo(minMax * 1.000001);
        }
      }
    }
  }

  @Test
  void gridsThatAreNoneAreRefused() {
    assertThatThrownBy(() -> new MeanSquaredError(1, 0.5))
        .hasMessage("candidates must be at least 2, got 1");
    assertThatThrownBy(() -> new MeanSquaredError(10, 1))
        .hasMessage("smallest factor must be in (0, 1), got 1.0");
  }

  private static double shrunkenNoise(Tensor tensor, QuantScheme scheme, int group) {
    float[] x = tensor.toFloats();
    int steps = scheme.steps();
    double sum = 0;
    for (int start = 0; start < x.length; start += group) {
      float[] own = Arrays.copyOfRange(x, start, start + group);
      double min = 0;
      double max = 0;
      for (float value : own) {
        min = Math.min(min, value);
        max = Math.max(max, value);
      }
      double reach = Math.max(-min, max);
      double widest = scheme.symmetric() ? 2 * reach / steps : (max - min) / steps;
      int low = scheme.symmetric() ? -steps / 2 : -(int) Math.rint(-min / widest);
      double least = Double.POSITIVE_INFINITY;
      for (int i = 0; i < 80; i++) {
        least = Math.min(least, clipped(own, widest * (1 - i * 0.01), low, low + steps));
      }
      sum += least;
    }
    return sum;
  }

  private static double clipped(float[] x, double scale, int low, int high) {
    double sum = 0;
    for (float value : x) {
      double error = value - scale * Math.clamp(Math.rint(value / scale), low, high);
      sum += error * error;
    }
    return sum;
  }

  private static float[] values(String distribution, int count) {
    float[] values = TestFloats.gaussian(count, 1, 3);
    var random = TestFloats.random(4);
    for (int i = 0; i < count; i++) {
      switch (distribution) {
        case "uniform" -> values[i] = random.nextFloat(-1, 1);
        case "heavy" -> values[i] *= (float) Math.exp(random.nextGaussian());
        default -> {}
      }
    }
    return values;
  }

  private static List<Float> boxed(float[] values) {
    List<Float> boxed = new ArrayList<>();
    for (float value : values) {
      boxed.add(value);
    }
    return boxed;
  }

  private static double noise(Tensor tensor, QuantScheme scheme, RangeEstimator estimator) {
    return QuantError.of(tensor, Quantizer.quantize(tensor, scheme, estimator)).noise();
  }

  private static Tensor tensor(Shape shape, long seed) {
    float[] values = TestFloats.gaussian(Math.toIntExact(shape.elements()), 1, seed);
    for (int i = 0; i < values.length; i++) {
      values[i] = values[i] * (1 + i % 3) + (i % 5) * 0.25f;
    }
    return Tensor.ofFloats(shape, values);
  }
}
