package dev.swage.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class QuantizerTest {
  record Case(Shape shape, QuantScheme scheme) {}

  /** All widths and granularities over shapes with odd sizes, ragged groups and empty axes. */
  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (Shape shape :
        List.of(
            Shape.of(5, 7),
            Shape.of(33, 65),
            Shape.of(3, 4, 3, 3),
            Shape.of(6, 5, 7),
            Shape.of(9),
            Shape.of(0, 4),
            Shape.of(300, 257),
            Shape.of(2, 70_001))) {
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

  @ParameterizedTest
  @MethodSource("cases")
  void codesEqualTheObviousReference(Case c) {
    Tensor tensor = tensor(c.shape());
    QuantizedTensor actual = Quantizer.quantize(tensor, c.scheme(), RangeEstimator.minMax());
    SlowQuantizer slow = SlowQuantizer.fit(tensor, c.scheme());
    assertThat(actual.params().scales()).isEqualTo(slow.scales());
    assertThat(actual.params().zeroPoints()).isEqualTo(slow.zeroPoints());
    assertThat(SlowQuantizer.codes(actual.codes())).isEqualTo(slow.codes());
    assertThat(Quantizer.dequantize(actual).toFloats()).isEqualTo(slow.values());
    QuantizedTensor encoded = Quantizer.encode(tensor, c.scheme(), actual.params());
    assertThat(encoded.codes().data().mismatch(actual.codes().data())).isEqualTo(-1);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatCodesLoseIsCountedAlongTheWay(Case c) {
    for (float size : new float[] {1, 1e-30f, 1e30f}) {
      Tensor tensor = scaled(tensor(c.shape()), size);
      QuantizedTensor plain = Quantizer.quantize(tensor, c.scheme(), RangeEstimator.minMax());
      MemorySegment codes = MemorySegment.ofArray(new byte[(int) plain.codes().byteSize()]);
      Quantizer.Measured measured =
          Quantizer.quantizeAndMeasure(tensor, c.scheme(), RangeEstimator.minMax(), codes);
      assertThat(measured.quantized().params().scales()).isEqualTo(plain.params().scales());
      assertThat(codes.mismatch(plain.codes().data())).isEqualTo(-1);
      QuantError expected = QuantError.of(tensor, plain);
      assertThat(measured.signal()).isCloseTo(expected.signal(), withinPercentage(1e-3));
      assertThat(measured.noise()).isCloseTo(expected.noise(), withinPercentage(1e-3));
    }
  }

  private static Tensor scaled(Tensor tensor, float factor) {
    float[] values = tensor.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor;
    }
    return Tensor.ofFloats(tensor.shape(), values);
  }

  @Test
  void noElementOfAMinMaxRangeIsOffByMoreThanHalfAStep() {
    Tensor tensor = tensor(Shape.of(64, 100));
    for (int bits = 2; bits <= 8; bits++) {
      for (QuantScheme scheme :
          List.of(
              QuantScheme.symmetric(bits, Granularity.perTensor()),
              QuantScheme.asymmetric(bits, Granularity.perTensor()))) {
        QuantizedTensor codes = Quantizer.quantize(tensor, scheme, RangeEstimator.minMax());
        double step = codes.params().scales()[0];
        // A range moved by its rounded zero point may lose another half step at one end.
        double steps = scheme.symmetric() ? 0.5 : 1;
        assertThat(QuantError.of(tensor, codes).maxAbsDifference())
            .isLessThanOrEqualTo(steps * step * (1 + 1e-6));
      }
    }
  }

  @Test
  void codesOfAnOddCountEndWithZeroBits() {
    Tensor tensor = Tensor.ofFloats(Shape.of(3), -7, 7, -7);
    QuantScheme scheme = QuantScheme.symmetric(4, Granularity.perTensor());
    byte[] bytes =
        Quantizer.quantize(tensor, scheme, RangeEstimator.minMax())
            .codes()
            .data()
            .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    assertThat(bytes).containsExactly(0x79, 0x09);
  }

  @Test
  void aNonFiniteWeightIsNamed() {
    float[] values = TestFloats.gaussian(35, 1, 3);
    values[17] = Float.NaN;
    values[30] = Float.NEGATIVE_INFINITY;
    Tensor tensor = Tensor.ofFloats(Shape.of(5, 7), values);
    for (Granularity granularity :
        List.of(
            Granularity.perTensor(),
            Granularity.perChannel(0),
            Granularity.perChannel(1),
            Granularity.perGroup(1, 4))) {
      for (QuantScheme scheme :
          List.of(QuantScheme.symmetric(8, granularity), QuantScheme.asymmetric(4, granularity))) {
        assertThatThrownBy(() -> Quantizer.quantize(tensor, scheme, RangeEstimator.minMax()))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage(
                "FLOAT32[5, 7]: element [2, 3] is NaN; only finite values can be quantized");
      }
    }
  }

  @Test
  void shrinkingTheRangeNeverLosesMore() {
    Tensor tensor = tensor(Shape.of(24, 96));
    for (Granularity granularity :
        List.of(
            Granularity.perTensor(),
            Granularity.perChannel(0),
            Granularity.perChannel(1),
            Granularity.perGroup(0, 32),
            Granularity.perGroup(1, 32))) {
      QuantScheme scheme = QuantScheme.symmetric(3, granularity);
      double minMax = noise(tensor, scheme, RangeEstimator.minMax());
      double shrunken = noise(tensor, scheme, RangeEstimator.meanSquaredError());
      assertThat(shrunken).as("%s", granularity).isLessThan(minMax * 0.9);
    }
  }

  private static double noise(Tensor tensor, QuantScheme scheme, RangeEstimator estimator) {
    return QuantError.of(tensor, Quantizer.quantize(tensor, scheme, estimator)).noise();
  }

  private static Tensor tensor(Shape shape) {
    float[] values = TestFloats.gaussian(Math.toIntExact(shape.elements()), 1, 42);
    for (int i = 0; i < values.length; i++) {
      values[i] = values[i] * (1 + i % 3) + (i % 5) * 0.25f;
    }
    return Tensor.ofFloats(shape, values);
  }
}
