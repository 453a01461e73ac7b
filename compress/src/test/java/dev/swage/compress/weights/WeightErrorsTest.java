package dev.swage.compress.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swage.compress.plan.Rounding;
import dev.swage.compress.plan.WeightForm;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.RangeEstimator;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class WeightErrorsTest {
  private static final RangeEstimator RANGE = RangeEstimator.minMax();

  static Stream<Arguments> schemes() {
    return Stream.of(
            QuantScheme.symmetric(8, Granularity.perChannel(0)),
            QuantScheme.symmetric(8, Granularity.perChannel(1)),
            QuantScheme.symmetric(4, Granularity.perChannel(1)),
            QuantScheme.symmetric(4, Granularity.perGroup(0, 32)),
            QuantScheme.asymmetric(4, Granularity.perGroup(1, 32)),
            QuantScheme.symmetric(8, Granularity.perTensor()))
        .flatMap(scheme ->
            Stream.of(Shape.of(1100, 4096), Shape.of(4096, 1100))
                .map(shape -> Arguments.of(scheme, shape)));
  }

  /** Channels of different ranges, as weights have them. */
  @ParameterizedTest
  @MethodSource("schemes")
  void aPartOfALargeWeightTellsWhatTheWholeLoses(QuantScheme scheme, Shape shape) {
    assertThat(shape.elements()).isGreaterThan(WeightErrors.EXACT);
    SplittableRandom random = new SplittableRandom(3);
    float[] values = new float[Math.toIntExact(shape.elements())];
    int columns = Math.toIntExact(shape.dim(1));
    for (int i = 0; i < values.length; i++) {
      double spread = 0.02 * (1 + (i % columns) % 7 + (i / columns) % 5);
      values[i] = (float) (random.nextGaussian() * spread);
    }
    Tensor weight = Tensor.ofFloats(shape, values);
    WeightSlot slot = new WeightSlot(1, "w", scheme, WeightForm.AS_IS, RANGE, Rounding.NEAREST);
    double whole = WeightQuantizer.quantize(weight, scheme, RANGE, CodeMemory.heap()).sqnrDb();
    assertThat(new WeightErrors().decibels(weight, slot)).isCloseTo(whole, within(0.3));
  }
}
