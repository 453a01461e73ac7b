package dev.swage.quant;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.quant.TensorProfile.WidthError;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import org.assertj.core.data.Offset;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class TensorProfileTest {
  @Test
  void statisticsAreThoseOfASlowReference() {
    float[] values = TestFloats.gaussian(200_000, 0.5, 8);
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 10 == 0 ? 0 : values[i] * values[i] + 3;
    }
    TensorProfile profile = TensorProfile.of("w", Tensor.ofFloats(Shape.of(400, 500), values));
    double mean = moment(values, 0, 1);
    double variance = moment(values, mean, 2);
    assertThat(profile.count()).isEqualTo(200_000);
    assertThat(profile.zeros()).isEqualTo(20_000);
    assertThat(profile.nonFinite()).isZero();
    assertThat(profile.min()).isZero();
    assertThat(profile.mean()).isCloseTo(mean, Percentage.withPercentage(1e-9));
    assertThat(profile.std()).isCloseTo(Math.sqrt(variance), Percentage.withPercentage(1e-9));
    assertThat(profile.skewness())
        .isCloseTo(moment(values, mean, 3) / Math.pow(variance, 1.5), Offset.offset(1e-9));
    assertThat(profile.excessKurtosis())
        .isCloseTo(moment(values, mean, 4) / (variance * variance) - 3, Offset.offset(1e-9));
    assertThat(profile.absMaxOverStd())
        .isCloseTo(profile.max() / profile.std(), Offset.offset(1e-12));
    assertThat(profile.quantiles()).hasSameSizeAs(TensorProfile.FRACTIONS);
  }

  /** Measured relative errors of Gaussian weights in groups of 32, see the reference's 4.1. */
  @Test
  void gaussianWeightsLoseWhatTheLiteratureMeasured() {
    Tensor tensor = Tensor.ofFloats(Shape.of(256, 1024), TestFloats.gaussian(1 << 18, 1, 1));
    assertThat(error(tensor, QuantScheme.symmetric(4, Granularity.perGroup(1, 32))))
        .isCloseTo(0.0971, Percentage.withPercentage(1));
    assertThat(error(tensor, QuantScheme.asymmetric(4, Granularity.perGroup(1, 32))))
        .isCloseTo(0.0806, Percentage.withPercentage(1));
    assertThat(error(tensor, QuantScheme.symmetric(4, Granularity.perGroup(0, 128))))
        .isCloseTo(0.1175, Percentage.withPercentage(1));
    assertThat(error(tensor, QuantScheme.asymmetric(4, Granularity.perGroup(0, 128))))
        .isCloseTo(0.1004, Percentage.withPercentage(1));
  }

  @Test
  void gaussianWeightsAreRecommendedFourBits() {
    Tensor tensor = Tensor.ofFloats(Shape.of(64, 256), TestFloats.gaussian(64 * 256, 0.1, 2));
    TensorProfile profile = TensorProfile.of("w", tensor);
    assertThat(profile.recommendedBits()).hasValue(4);
    assertThat(profile.widths()).extracting(WidthError::bits).isEqualTo(TensorProfile.WIDTHS);
    assertThat(profile.widths())
        .extracting(width -> width.error().sqnrDb())
        .isSortedAccordingTo((a, b) -> Double.compare(b, a));
  }

  @Test
  void anOutlierCostsItsOwnChannelOnly() {
    float[] inOneChannel = TestFloats.gaussian(64 * 256, 0.1, 2);
    inOneChannel[77] = 1000;
    Tensor tensor = Tensor.ofFloats(Shape.of(64, 256), inOneChannel);
    QuantScheme coarse = QuantScheme.symmetric(8, Granularity.perTensor());
    QuantScheme fine = QuantScheme.symmetric(8, Granularity.perChannel(0));
    assertThat(error(tensor, coarse)).isGreaterThan(5 * error(tensor, fine));
  }

  @Test
  void channelsOnAnotherAxisGiveTheErrorsOfTheTransposedTensor() {
    float[] values = TestFloats.gaussian(96 * 64, 1, 5);
    for (int i = 0; i < values.length; i++) {
      values[i] *= 1 + i % 64;
    }
    float[] transposed = new float[values.length];
    for (int row = 0; row < 96; row++) {
      for (int column = 0; column < 64; column++) {
        transposed[column * 96 + row] = values[row * 64 + column];
      }
    }
    TensorProfile columns = TensorProfile.of("b", Tensor.ofFloats(Shape.of(96, 64), values), 1);
    TensorProfile rows = TensorProfile.of("b", Tensor.ofFloats(Shape.of(64, 96), transposed));
    for (int i = 0; i < TensorProfile.WIDTHS.size(); i++) {
      assertThat(columns.widths().get(i).error().relativeError())
          .isCloseTo(rows.widths().get(i).error().relativeError(), Offset.offset(1e-9));
    }
  }

  @Test
  void nonFiniteElementsAreCountedAndNothingIsRecommended() {
    Tensor tensor = Tensor.ofFloats(Shape.of(4), 1, Float.NaN, Float.POSITIVE_INFINITY, -3);
    TensorProfile profile = TensorProfile.of("w", tensor);
    assertThat(profile.nonFinite()).isEqualTo(2);
    assertThat(profile.min()).isEqualTo(-3);
    assertThat(profile.max()).isEqualTo(1);
    assertThat(profile.mean()).isEqualTo(-1);
    assertThat(profile.widths()).isEmpty();
    assertThat(profile.recommendedBits()).isEmpty();
  }

  @Test
  void scalarsEmptyTensorsAndConstantsHaveProfiles() {
    TensorProfile scalar = TensorProfile.of("s", Tensor.ofFloats(Shape.of(), 2));
    assertThat(scalar.std()).isZero();
    assertThat(scalar.recommendedBits()).hasValue(2);
    TensorProfile empty = TensorProfile.of("e", Tensor.ofFloats(Shape.of(0, 3)));
    assertThat(empty.count()).isZero();
    assertThat(empty.max()).isZero();
    TensorProfile zeros = TensorProfile.of("z", Tensor.ofFloats(Shape.of(2, 2), 0, 0, 0, 0));
    assertThat(zeros.zeros()).isEqualTo(4);
    assertThat(zeros.absMaxOverStd()).isZero();
  }

  private static double error(Tensor tensor, QuantScheme scheme) {
    return QuantError.of(tensor, Quantizer.quantize(tensor, scheme, RangeEstimator.minMax()))
        .relativeError();
  }

  private static double moment(float[] values, double mean, int order) {
    double sum = 0;
    for (float value : values) {
      sum += Math.pow(value - mean, order);
    }
    return sum / values.length;
  }
}
