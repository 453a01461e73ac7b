package dev.swage.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every published vector that has a counterpart here; where rules differ, by exactly how much. */
class GoldenVectorsTest {
  /** NNCF keeps scales in 16 bits: 11 of significand, and rounds codes by the wider ones. */
  private static final Percentage HALF_FLOAT = Percentage.withPercentage(100 * 0x1p-10);

  private static final String COMPRESSED = "nncf/IntegerModel_compressed_weights_";

  /** What the files hold that have no counterpart: no format here writes such codes. */
  private static final Map<String, String> OTHER_CODES =
      Map.of(
          "nf4", "a table of 16 quantiles",
          "cb4", "a code book",
          "fp4", "float4 codes",
          "fp8_e4m3", "float8 codes",
          "mxfp4", "float4 codes, scales that are powers of two",
          "mxfp8_e4m3", "float8 codes, scales that are powers of two",
          "nvfp4", "float4 codes, two levels of scales");

  private static final Set<String> INTEGERS =
      Set.of("int8_sym", "int8_asym", "int4_sym", "int4_asym");

  /** Scales of activations and weights of models that are not there. */
  private static final String OF_MODELS = "onnx_";

  @Test
  void everyFileIsKnown() throws IOException {
    Set<String> known =
        new HashSet<>(
            Set.of(
                "LICENSE",
                "IntegerModel_original_weights.json",
                "fq_params.json",
                "fq_params_input_data.json"));
    Stream.concat(INTEGERS.stream(), OTHER_CODES.keySet().stream())
        .forEach(mode -> known.add("IntegerModel_compressed_weights_" + mode + ".json"));
    try (Stream<Path> files = Files.list(SharedData.require("golden/nncf"))) {
      assertThat(files.map(file -> String.valueOf(file.getFileName())))
          .allMatch(name -> name.startsWith(OF_MODELS) || known.contains(name));
    }
  }

  /**
   * Symmetric: theirs is {@code s = −w / 2^(b−1)} with w the element of largest magnitude, signed;
   * ours is {@code s = |w| / (2^(b−1) − 1)}.
   */
  @ParameterizedTest
  @CsvSource({
    "int8_sym, matmul_1_data, 8",
    "int8_sym, matmul_2_data, 8",
    "int8_sym, gather_2_data, 8",
    "int4_sym, matmul_2_data, 4"
  })
  void symmetricScalesDifferByOneStepInTheirNumber(String mode, String name, int bits)
      throws IOException {
    Tensor weight = weight(mode, name);
    double[] theirs =
        Golden.numbers(Golden.json(COMPRESSED + mode + ".json").get(name).get("scale"));
    QuantizedTensor ours =
        Quantizer.quantize(
            weight,
            QuantScheme.symmetric(bits, Granularity.perGroup(1, (int) weight.shape().dim(1))),
            RangeEstimator.minMax());
    assertThat(ours.params().scales()).hasSameSizeAs(theirs);
    for (int row = 0; row < theirs.length; row++) {
      double largest = largest(weight, row);
      assertThat(theirs[row] * -(1 << (bits - 1))).isCloseTo(largest, HALF_FLOAT);
      assertThat(ours.params().scales()[row])
          .isEqualTo((float) (Math.abs(largest) / ((1 << (bits - 1)) - 1)));
    }
  }

  /** One-sided rows: their range is [min, max], ours holds 0. Rows of both signs are the same. */
  @ParameterizedTest
  @ValueSource(strings = {"int8_asym", "int4_asym", "int4_sym", "nf4", "cb4", "nvfp4"})
  void asymmetricWeightsOfEveryFile(String mode) throws IOException {
    JsonNode file = Golden.json(COMPRESSED + mode + ".json");
    int compared = 0;
    for (Map.Entry<String, JsonNode> tensor : file.properties()) {
      if (!tensor.getValue().has("zero_point")) {
        continue;
      }
      boolean narrow = mode.equals("int4_asym") && tensor.getKey().equals("matmul_2_data");
      compare(weight(mode, tensor.getKey()), tensor.getValue(), narrow ? 4 : 8);
      compared++;
    }
    assertThat(compared).isBetween(2, 3);
  }

  private static void compare(Tensor weight, JsonNode reference, int bits) {
    QuantizedTensor ours =
        Quantizer.quantize(
            weight,
            QuantScheme.asymmetric(bits, Granularity.perChannel(0)),
            RangeEstimator.minMax());
    int[] codes = SlowQuantizer.codes(ours.codes());
    double[] theirs = Golden.numbers(reference.get("compressed_weight"));
    double[] scales = Golden.numbers(reference.get("scale"));
    double[] zeroPoints = Golden.numbers(reference.get("zero_point"));
    int columns = (int) weight.shape().dim(1);
    double steps = (1 << bits) - 1;
    for (int row = 0; row < scales.length; row++) {
      double[] range = range(weight, row);
      assertThat(scales[row]).isCloseTo((range[1] - range[0]) / steps, HALF_FLOAT);
      double low = Math.min(range[0], 0);
      double high = Math.max(range[1], 0);
      assertThat(ours.params().scales()[row]).isEqualTo((float) ((high - low) / steps));
      if (low < 0 && high > 0) {
        assertThat(ours.params().zeroPoints()[row]).isEqualTo((int) zeroPoints[row]);
        for (int i = row * columns; i < (row + 1) * columns; i++) {
          assertThat(Math.abs(codes[i] - theirs[i])).isLessThanOrEqualTo(1);
        }
      } else {
        assertThat(ours.params().zeroPoints()[row]).isEqualTo(low < 0 ? (int) steps : 0);
      }
    }
  }

  /**
   * Ranges of simulated quantization. Scales are {@code (high − low) / (levels − 1)}; ours:
   *
   * <ul>
   *   <li>activations, and asymmetric weights, of 256 levels: the same range;
   *   <li>symmetric weights: the same scale; of 256 levels, theirs have the code −128 besides;
   *   <li>half range: theirs is half of the codes, absmax / 63.5 with 255 levels and absmax / 63
   *       with 256; ours is ONNX Runtime's reduced range, absmax / 64;
   *   <li>asymmetric of 255 levels: theirs leave a code out, ours do not.
   * </ul>
   */
  @Test
  void rangesOfSimulatedQuantization() throws IOException {
    Tensor input = Golden.tensor(Golden.json("nncf/fq_params_input_data.json"));
    int cases = 0;
    for (Map.Entry<String, JsonNode> each : Golden.json("nncf/fq_params.json").properties()) {
      String name = each.getKey();
      JsonNode fake = each.getValue();
      boolean perChannel = name.contains("per_ch_True");
      boolean half = name.endsWith("hf_range_True");
      boolean symmetricWeights = name.startsWith("weights_symmetric");
      int levels = fake.get("levels").intValue();
      double[] low = Golden.numbers(fake.get("input_low"));
      double[] high = Golden.numbers(fake.get("input_high"));
      Granularity granularity = perChannel ? Granularity.perChannel(0) : Granularity.perTensor();
      QuantScheme scheme =
          symmetricWeights
              ? QuantScheme.symmetric(half ? 7 : 8, granularity)
              : QuantScheme.asymmetric(8, granularity);
      QuantParams ours = Quantizer.quantize(input, scheme, RangeEstimator.minMax()).params();
      assertThat(ours.scales()).as(name).hasSameSizeAs(low);
      // Theirs in terms of ours: the steps over which each divides the same range.
      double ratio = 1;
      if (half) {
        ratio = levels == 255 ? 64 / 63.5 : 64 / 63.0;
      } else if (!symmetricWeights && levels == 255) {
        ratio = 255 / 254.0;
      }
      for (int i = 0; i < low.length; i++) {
        double theirs = (high[i] - low[i]) / (levels - 1);
        assertThat(theirs)
            .as(name)
            .isCloseTo(ours.scales()[i] * ratio, Percentage.withPercentage(2e-5));
        assertThat(ours.zeroPoints()[i]).as(name).isZero();
      }
      cases++;
    }
    assertThat(cases).isEqualTo(18);
  }

  /** ONNX Runtime's table of ranges, and its rule in double, for every type there is here. */
  @ParameterizedTest
  @CsvSource({
    "INT8, 8, true, -127, 127",
    "INT8, 8, false, -128, 127",
    "INT8, 7, true, -64, 64",
    "INT8, 7, false, -64, 64",
    "UINT8, 8, true, 0, 254",
    "UINT8, 8, false, 0, 255",
    "UINT8, 7, false, 0, 127",
    "INT4, 4, true, -7, 7",
    "INT4, 4, false, -8, 7",
    "UINT4, 4, true, 0, 14",
    "UINT4, 4, false, 0, 15",
    "UINT4, 3, false, 0, 7",
  })
  void scalesAndZeroPointsFollowOnnxRuntime(
      DType storage, int bits, boolean symmetric, int qmin, int qmax) {
    QuantScheme scheme = new QuantScheme(storage, bits, symmetric, Granularity.perTensor());
    // Symmetric int4 has the code −8 too, which no min-max range reaches.
    assertThat(scheme.qmin()).isEqualTo(storage == DType.INT4 && symmetric ? -8 : qmin);
    assertThat(scheme.qmax()).isEqualTo(qmax);
    List<float[]> ranges = new ArrayList<>();
    for (float min : new float[] {-3.7f, -1e-3f, 0, 0.25f, -1e30f}) {
      for (float max : new float[] {5.1f, 1e-3f, 0.25f, 0, -1e-4f, 1e30f}) {
        if (min <= max) {
          ranges.add(new float[] {min, max});
        }
      }
    }
    assertThat(ranges).hasSizeGreaterThan(15);
    for (float[] range : ranges) {
      double low = Math.min(range[0], 0);
      double high = Math.max(range[1], 0);
      if (symmetric) {
        high = Math.max(-low, high);
        low = -high;
      }
      double scale = (high - low) / (qmax - qmin);
      double zeroPoint = symmetric ? Math.rint((qmax + qmin) / 2.0) : Math.rint(qmin - low / scale);
      assertThat(ScaleZeroPoint.of(range[0], range[1], scheme))
          .as("%s for [%s, %s]", scheme, range[0], range[1])
          .isEqualTo(
              scale < Float.MIN_NORMAL
                  ? new ScaleZeroPoint(1, 0)
                  : new ScaleZeroPoint((float) scale, (int) zeroPoint));
    }
  }

  /** ONNX Runtime runs 16 bits in floats between conversions: there are no such codes here. */
  @ParameterizedTest
  @ValueSource(strings = {"INT16", "UINT16"})
  void sixteenBitsHaveNoScheme(DType storage) {
    assertThatThrownBy(() -> new QuantScheme(storage, 16, true, Granularity.perTensor()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("storage must be an integer type of 2, 4 or 8 bits, got " + storage);
  }

  private static Tensor weight(String mode, String name) throws IOException {
    return Golden.tensor(
        Golden.json("nncf/IntegerModel_original_weights.json").get(mode).get("weights").get(name));
  }

  private static double largest(Tensor weight, int row) {
    double[] range = range(weight, row);
    return -range[0] > range[1] ? range[0] : range[1];
  }

  private static double[] range(Tensor weight, int row) {
    int columns = (int) weight.shape().dim(1);
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    for (int i = row * columns; i < (row + 1) * columns; i++) {
      min = Math.min(min, weight.getFloat(i));
      max = Math.max(max, weight.getFloat(i));
    }
    return new double[] {min, max};
  }
}
