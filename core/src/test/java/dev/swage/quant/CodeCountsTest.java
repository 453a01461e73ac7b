package dev.swage.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodeCountsTest {
  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(8);

  private Tensor normal(long... dims) {
    Shape shape = Shape.of(dims);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.ofFloats(shape, values);
  }

  /** The definition, element by element, with one scale. */
  private static CodeCounts slow(Tensor tensor, ScaleZeroPoint codes, QuantScheme scheme) {
    Set<Double> used = new HashSet<>();
    long saturated = 0;
    for (float value : tensor.toFloats()) {
      double code = Math.rint(value / codes.scale()) + codes.zeroPoint();
      saturated += code < scheme.qmin() || code > scheme.qmax() ? 1 : 0;
      used.add(Math.clamp(code, scheme.qmin(), scheme.qmax()));
    }
    int all = scheme.qmax() - scheme.qmin() + 1;
    return new CodeCounts(tensor.shape().elements(), saturated, all, all - used.size());
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.5, 2, 3, 10, 100})
  void histogramCountsNearlyAsElementsDo(double range) {
    Tensor tensor = normal(40_000);
    QuantScheme scheme = QuantScheme.asymmetric(8, Granularity.perTensor());
    ScaleZeroPoint codes = ScaleZeroPoint.of((float) -range, (float) (range / 2), scheme);
    CodeCounts expected = slow(tensor, codes, scheme);
    CodeCounts found = CodeCounts.of(Histogram.of(tensor, 8192), codes, scheme);
    assertThat(found.elements()).isEqualTo(40_000);
    assertThat(found.saturated()).isCloseTo(expected.saturated(), within(40L));
    assertThat(found.unused()).isCloseTo(expected.unused(), within(6));
  }

  @Test
  void binsWiderThanAStepFillSeveralCodes() {
    float[] values = normal(50_000).toFloats();
    values[0] = 5000;
    Tensor tensor = Tensor.ofFloats(Shape.of(values.length), values);
    QuantScheme scheme = QuantScheme.asymmetric(8, Granularity.perTensor());
    ScaleZeroPoint codes = ScaleZeroPoint.of(-2f, 2f, scheme);
    CodeCounts found = CodeCounts.of(Histogram.of(tensor, 2048), codes, scheme);
    assertThat(slow(tensor, codes, scheme).unused()).isZero();
    assertThat(found.unused()).isLessThan(5);
  }

  @Test
  void nothingSaturatesWithinTheRangeOfTheElements() {
    Tensor tensor = normal(1000);
    Histogram histogram = Histogram.of(tensor, 8192);
    QuantScheme scheme = QuantScheme.asymmetric(8, Granularity.perTensor());
    ScaleZeroPoint codes = ScaleZeroPoint.of(histogram.min(), histogram.max(), scheme);
    assertThat(CodeCounts.of(histogram, codes, scheme).saturated()).isZero();
    assertThat(CodeCounts.of(new Histogram(16), codes, scheme))
        .isEqualTo(new CodeCounts(0, 0, 256, 256));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 5, 8})
  void tensorsAreCountedExactlyAtEveryWidth(int bits) {
    Tensor tensor = normal(30, 17);
    QuantScheme scheme = QuantScheme.symmetric(bits, Granularity.perTensor());
    QuantParams params = new QuantParams(Shape.of(), new float[] {1.5f / (1 << bits)}, new int[1]);
    QuantizedTensor quantized = Quantizer.encode(tensor, scheme, params);
    CodeCounts expected = slow(tensor, new ScaleZeroPoint(params.scales()[0], 0), scheme);
    assertThat(CodeCounts.of(tensor, quantized)).isEqualTo(expected);
    assertThat(expected.saturatedShare()).isBetween(0.3, 0.7);
  }

  @Test
  void channelsAndGroupsHaveScalesOfTheirOwn() {
    Tensor tensor = Tensor.ofFloats(Shape.of(2, 4), 1, 2, 3, 4, 10, 20, 30, 40);
    QuantScheme channels = QuantScheme.asymmetric(8, Granularity.perChannel(0));
    QuantParams each =
        new QuantParams(Shape.of(2), new float[] {2.5f / 255, 100f / 255}, new int[2]);
    assertThat(CodeCounts.of(tensor, Quantizer.encode(tensor, channels, each)))
        .isEqualTo(new CodeCounts(8, 2, 256, 250));
    QuantScheme groups = QuantScheme.asymmetric(8, Granularity.perGroup(1, 2));
    QuantParams four =
        new QuantParams(Shape.of(2, 2), new float[] {0.01f, 0.01f, 0.1f, 0.1f}, new int[4]);
    assertThat(CodeCounts.of(tensor, Quantizer.encode(tensor, groups, four)).saturated())
        .isEqualTo(4);
    assertThatThrownBy(() -> CodeCounts.of(normal(8), Quantizer.encode(tensor, channels, each)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("shapes differ: ");
  }
}
