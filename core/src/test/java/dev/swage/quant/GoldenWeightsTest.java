package dev.swage.quant;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reference values of other quantizers, from the shared data. */
class GoldenWeightsTest {
  /** NNCF divides by −2^(b−1), so its steps differ from ours; both reproduce the weights. */
  @ParameterizedTest
  @CsvSource({
    "int8_sym, matmul_1_data, 8",
    "int8_sym, matmul_2_data, 8",
    "int8_sym, gather_2_data, 8",
    "int4_sym, matmul_2_data, 4"
  })
  void symmetricWeightsAreWithinHalfAStepOfTheReference(String mode, String name, int bits)
      throws IOException {
    Tensor weight = original(mode, name);
    JsonNode reference = reference(mode, name);
    QuantizedTensor ours =
        Quantizer.quantize(weight, QuantScheme.symmetric(bits, rows()), RangeEstimator.minMax());
    float[] values = Quantizer.dequantize(ours).toFloats();
    float[] exact = weight.toFloats();
    double[] codes = Golden.numbers(reference.get("compressed_weight"));
    double[] scales = Golden.numbers(reference.get("scale"));
    for (int i = 0; i < values.length; i++) {
      int row = i / (int) weight.shape().dim(1);
      double half = ours.params().scales()[row] / 2;
      double theirs = codes[i] * scales[row];
      assertThat((double) values[i])
          .isBetween(exact[i] - half * 1.00001, exact[i] + half * 1.00001);
      double apart = half + Math.abs(scales[row]) / 2;
      assertThat(Math.abs(values[i] - theirs)).isLessThanOrEqualTo(apart);
    }
  }

  /** Where a row holds values of both signs, NNCF's asymmetric rule is ours. */
  @ParameterizedTest
  @CsvSource({
    "int8_asym, matmul_1_data, 8",
    "int8_asym, matmul_2_data, 8",
    "int8_asym, gather_2_data, 8",
    "int4_asym, matmul_2_data, 4"
  })
  void asymmetricWeightsOfBothSignsHaveTheReferenceCodes(String mode, String name, int bits)
      throws IOException {
    Tensor weight = original(mode, name);
    JsonNode reference = reference(mode, name);
    QuantizedTensor ours =
        Quantizer.quantize(weight, QuantScheme.asymmetric(bits, rows()), RangeEstimator.minMax());
    double[] codes = Golden.numbers(reference.get("compressed_weight"));
    double[] scales = Golden.numbers(reference.get("scale"));
    double[] zeroPoints = Golden.numbers(reference.get("zero_point"));
    int[] actual = SlowQuantizer.codes(ours.codes());
    float[] exact = weight.toFloats();
    int columns = (int) weight.shape().dim(1);
    int compared = 0;
    for (int row = 0; row < scales.length; row++) {
      if (!bothSigns(exact, row * columns, columns)) {
        continue;
      }
      assertThat((double) ours.params().scales()[row])
          .as("scale of row %d; the reference keeps it in 16 bits", row)
          .isCloseTo(scales[row], Percentage.withPercentage(100 * 0x1p-10));
      assertThat(ours.params().zeroPoints()[row]).isEqualTo((int) zeroPoints[row]);
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        assertThat(Math.abs(actual[i] - codes[i])).isLessThanOrEqualTo(1);
      }
      compared++;
    }
    assertThat(compared).isGreaterThanOrEqualTo(3);
  }

  /** Extremes over batches, and the symmetric ranges they become. */
  @Test
  void observedExtremesAreTheLiteralsOfQuantizationAwareTraining() throws IOException {
    JsonNode cases =
        Golden.json("known_clip_and_range_values.json")
            .get("qat_observer_ranges")
            .get("all_values");
    JsonNode minMax = cases.get(0);
    float[] batches = Golden.floats(Golden.numbers(minMax.get("batches")));
    double[] expected = Golden.numbers(minMax.get("expected"));
    Moments moments = Moments.of(Tensor.ofFloats(Shape.of(batches.length), batches));
    assertThat((double) moments.min()).isEqualTo(expected[0]);
    assertThat((double) moments.max()).isEqualTo(expected[1]);

    JsonNode full = cases.get(1);
    assertThat(full.get("narrow").asBoolean()).isFalse();
    double[] wide = Golden.numbers(full.get("expected"));
    ScaleZeroPoint own =
        ScaleZeroPoint.of(
            (float) Golden.numbers(full.get("batches"))[0],
            (float) Golden.numbers(full.get("batches"))[1],
            QuantScheme.symmetric(8, Granularity.perTensor()));
    // The same scale; they have the code −128 besides.
    assertThat(own.scale() * -128).isEqualTo((float) wide[0]);
    assertThat(own.scale() * 127).isEqualTo((float) wide[1]);

    JsonNode narrow = cases.get(2);
    assertThat(narrow.get("narrow").asBoolean()).isTrue();
    float[] values = Golden.floats(Golden.numbers(narrow.get("batches")));
    QuantScheme scheme = QuantScheme.symmetric(8, Granularity.perTensor());
    QuantizedTensor codes =
        Quantizer.quantize(
            Tensor.ofFloats(Shape.of(values.length), values), scheme, RangeEstimator.minMax());
    double[] range = Golden.numbers(narrow.get("expected"));
    assertThat(codes.params().scales()[0] * scheme.qmin()).isEqualTo((float) range[0]);
    assertThat(codes.params().scales()[0] * scheme.qmax()).isEqualTo((float) range[1]);
  }

  private static Granularity rows() {
    return Granularity.perChannel(0);
  }

  private static boolean bothSigns(float[] values, int from, int count) {
    boolean negative = false;
    boolean positive = false;
    for (int i = from; i < from + count; i++) {
      negative |= values[i] < 0;
      positive |= values[i] > 0;
    }
    return negative && positive;
  }

  private static Tensor original(String mode, String name) throws IOException {
    return Golden.tensor(
        Golden.json("nncf/IntegerModel_original_weights.json").get(mode).get("weights").get(name));
  }

  private static JsonNode reference(String mode, String name) throws IOException {
    return Golden.json("nncf/IntegerModel_compressed_weights_" + mode + ".json").get(name);
  }
}
