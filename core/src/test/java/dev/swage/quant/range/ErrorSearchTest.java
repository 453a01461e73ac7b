package dev.swage.quant.range;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.quant.QuantScheme;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.quant.range.Activations.Sample;
import dev.swage.quant.range.BinMoments.Codes;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Squared error and SQNR ranges against element by element computation on the full data. */
class ErrorSearchTest {
  private static final int BINS = 8192;
  private static final List<QuantScheme> SCHEMES =
      List.of(Activations.UINT8, Activations.INT8, Activations.UINT4);

  static List<Sample> samples() {
    return Activations.all();
  }

  @ParameterizedTest
  @MethodSource("samples")
  void theErrorFromBinsIsThatOfTheElements(Sample sample) {
    ActivationStatistics statistics = sample.statistics(BINS);
    Range observed = statistics.observed();
    BinMoments moments = BinMoments.of(statistics.histogram());
    for (QuantScheme scheme : SCHEMES) {
      for (double factor : new double[] {1, 0.8, 0.5}) {
        for (double gamma : new double[] {1, 3}) {
          Range range =
              new Range((float) (observed.min() * factor), (float) (observed.max() * factor));
          ScaleZeroPoint affine = ScaleZeroPoint.of(range.min(), range.max(), scheme);
          Codes codes = new Codes(scheme.qmin(), scheme.qmax());
          assertThat(moments.squaredError(affine.scale(), affine.zeroPoint(), codes, gamma))
              .as("%s, %d bits, %s of the range", sample, scheme.bits(), factor)
              .isCloseTo(
                  Activations.squaredError(sample.values(), range, scheme, gamma),
                  Percentage.withPercentage(5));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void noRangeOfASlowSearchLosesMuchLess(Sample sample) {
    ActivationStatistics statistics = sample.statistics(BINS);
    Range observed = statistics.observed();
    for (QuantScheme scheme : SCHEMES) {
      Range found = new MeanSquaredErrorRange().range(statistics, scheme);
      double error = Activations.squaredError(sample.values(), found, scheme, 1);
      double least = Double.POSITIVE_INFINITY;
      for (int low = 1; low <= 12; low++) {
        for (int high = 1; high <= 12; high++) {
          Range range =
              new Range(
                  Math.min(0, observed.min()) * low / 12, Math.max(0, observed.max()) * high / 12);
          if (range.min() <= range.max()) {
            least = Math.min(least, Activations.squaredError(sample.values(), range, scheme, 1));
          }
        }
      }
      assertThat(error)
          .as("%s, %d bits, %s", sample, scheme.bits(), found)
          .isLessThan(1.05 * least);
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void theSqnrRangeIsTheBestOfItsCandidates(Sample sample) {
    ActivationStatistics statistics = sample.statistics(BINS);
    Range observed = statistics.observed();
    Range found = new SqnrRange().range(statistics, Activations.UINT8);
    double error = Activations.squaredError(sample.values(), found, Activations.UINT8, 3);
    double low = Math.min(0, observed.min());
    double widest = (Math.max(0, observed.max()) - low) / 255;
    double least = Double.POSITIVE_INFINITY;
    for (int k = 1; k <= 17; k++) {
      double scale = widest * k / 16;
      for (int j = -1; j < 21; j++) {
        double offset = j < 0 ? Math.rint(low / widest) : -Math.rint(255 * j / 20.0);
        Range range = new Range((float) (offset * scale), (float) ((offset + 255) * scale));
        least =
            Math.min(least, Activations.squaredError(sample.values(), range, Activations.UINT8, 3));
      }
    }
    assertThat(error).as("%s", found).isLessThan(1.03 * least);
  }

  @Test
  void theSymmetricSqnrRangeIsTheBestOfItsCandidates() {
    for (Sample sample : Activations.all()) {
      ActivationStatistics statistics = sample.statistics(BINS);
      Range found = new SqnrRange().range(statistics, Activations.INT8);
      float largest = Activations.sortedMagnitudes(sample.values())[sample.values().length - 1];
      double error = Activations.squaredError(sample.values(), found, Activations.INT8, 3);
      assertThat(found.max()).isEqualTo(-found.min());
      for (int k = 1; k <= 101; k++) {
        float t = largest * k / 100;
        assertThat(error)
            .as("%s at %d", sample, k)
            .isLessThan(
                1.03
                    * Activations.squaredError(
                        sample.values(), new Range(-t, t), Activations.INT8, 3));
      }
    }
  }

  @Test
  void anOutlierIsClipped() {
    Sample sample = Activations.all().get(4);
    ActivationStatistics statistics = sample.statistics(BINS);
    assertThat(new MeanSquaredErrorRange().range(statistics, Activations.UINT4).max())
        .isLessThan(150);
    assertThat(new MeanSquaredErrorRange().range(statistics, Activations.UINT4).min())
        .isLessThan(-5);
  }
}
