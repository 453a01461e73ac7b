package dev.swage.compress.weights;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.plan.Rounding;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.QuantizedTensor;
import dev.swage.quant.Quantizer;
import dev.swage.quant.RangeEstimator;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.onnx.RandomWeights;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RowRoundingTest {
  private static final List<QuantScheme> SCHEMES =
      List.of(
          QuantScheme.symmetric(8, Granularity.perTensor()),
          QuantScheme.symmetric(8, Granularity.perChannel(0)),
          QuantScheme.asymmetric(8, Granularity.perChannel(0)),
          QuantScheme.symmetric(4, Granularity.perGroup(1, 32)),
          QuantScheme.asymmetric(4, Granularity.perGroup(1, 32)),
          QuantScheme.symmetric(2, Granularity.perGroup(1, 16)));

  private static QuantizedTensor nearest(Tensor weight, QuantScheme scheme) {
    return Quantizer.quantize(weight, scheme, RangeEstimator.minMax());
  }

  private static int slot(QuantScheme scheme, int row, int at, int width) {
    return switch (scheme.granularity()) {
      case Granularity.PerTensor t -> 0;
      case Granularity.PerChannel c -> row;
      case Granularity.PerGroup(int axis, int size) -> row * Math.ceilDiv(width, size) + at / size;
    };
  }

  @Test
  void errorsOfFiltersOverChannelsSumToHalfAStepInEachGroup() {
    int width = 75;
    Tensor weight = RandomWeights.of(3, 12, width);
    for (QuantScheme scheme : SCHEMES) {
      QuantizedTensor rounded = RowRounding.balanced(weight, nearest(weight, scheme));
      Tensor found = Quantizer.dequantize(rounded);
      int size = scheme.granularity() instanceof Granularity.PerGroup(int axis, int g) ? g : width;
      for (int row = 0; row < 12; row++) {
        for (int start = 0; start < width; start += size) {
          float step = rounded.params().scales()[slot(scheme, row, start, width)];
          double sum = 0;
          for (int at = start; at < Math.min(width, start + size); at++) {
            long i = (long) row * width + at;
            double error = weight.getFloat(i) - found.getFloat(i);
            assertThat(Math.abs(error)).as("%s", scheme).isLessThan(1.001 * step);
            sum += error;
          }
          assertThat(Math.abs(sum)).as("%s", scheme).isLessThan(0.501 * step);
        }
      }
    }
  }

  @Test
  void errorsOfFiltersOverOneChannelCancelFromTapToTap() {
    int width = 256;
    Tensor weight = RandomWeights.of(4, 12, width);
    for (QuantScheme scheme : SCHEMES) {
      QuantizedTensor rounded = RowRounding.diffused(weight, nearest(weight, scheme));
      Tensor found = Quantizer.dequantize(rounded);
      for (int row = 0; row < 12; row++) {
        double sum = 0;
        for (int at = 0; at < width; at++) {
          long i = (long) row * width + at;
          sum += weight.getFloat(i) - found.getFloat(i);
          // An element at the end of the range cannot take what is carried to it.
          float step = rounded.params().scales()[slot(scheme, row, at, width)];
          assertThat(Math.abs(sum)).as("%s, tap %d", scheme, at).isLessThan(3 * step);
        }
      }
    }
  }

  @Test
  void aSmoothSignalHasTheSameResponse() {
    int width = 256;
    Tensor weight = RandomWeights.of(5, 16, width);
    QuantizedTensor nearest = nearest(weight, QuantScheme.symmetric(8, Granularity.perChannel(0)));
    Tensor before = Quantizer.dequantize(nearest);
    Tensor after = Quantizer.dequantize(RowRounding.diffused(weight, nearest));
    double errorBefore = 0;
    double errorAfter = 0;
    for (int row = 0; row < 16; row++) {
      double differenceBefore = 0;
      double differenceAfter = 0;
      for (int at = 0; at < width; at++) {
        long i = (long) row * width + at;
        double signal = Math.sin(2 * Math.PI * 5 * at / width);
        differenceBefore += signal * (weight.getFloat(i) - before.getFloat(i));
        differenceAfter += signal * (weight.getFloat(i) - after.getFloat(i));
      }
      errorBefore += differenceBefore * differenceBefore;
      errorAfter += differenceAfter * differenceAfter;
    }
    assertThat(errorAfter).isLessThan(0.1 * errorBefore);
  }

  @Test
  void aFilterOfZerosStaysZero() {
    Tensor zeros = Tensor.ofFloats(Shape.of(2, 9), new float[18]);
    QuantizedTensor nearest = nearest(zeros, QuantScheme.symmetric(8, Granularity.perChannel(0)));
    for (Rounding rounding : Rounding.values()) {
      QuantizedTensor rounded =
          WeightRounding.of(rounding).round(zeros, nearest, Optional.empty()).orElse(nearest);
      assertThat(Quantizer.dequantize(rounded).toFloats()).containsOnly(0f);
    }
  }
}
