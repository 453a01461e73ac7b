package dev.swage.train.torch;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** ONNX tests of supported operators that the executor does not pass, each with its reason. */
final class ConformanceExclusions {
  /** Why a test is left out. */
  enum Reason {
    /** An element type libtorch does not compute with: unsigned of 16 bits and more. */
    ELEMENT_TYPE,
    /** Pooling over three spatial axes. */
    POOL_3D,
    /** Average pooling with gaps in the window. */
    DILATED_AVERAGE,
    /** Max pooling's second output, the places of the maxima. */
    POOL_INDICES,
    /** The expected values are rounded to four digits. */
    ROUNDED_EXPECTATION
  }

  private static final Map<Reason, List<String>> TESTS =
      Map.of(
          Reason.ELEMENT_TYPE,
          List.of(
              "test_add_uint16",
              "test_add_uint32",
              "test_add_uint64",
              "test_div_uint16",
              "test_div_uint32",
              "test_div_uint64",
              "test_mul_uint16",
              "test_mul_uint32",
              "test_mul_uint64",
              "test_sub_uint16",
              "test_sub_uint32",
              "test_sub_uint64"),
          Reason.POOL_3D,
          List.of(
              "test_averagepool_3d_default",
              "test_averagepool_3d_dilations_large_count_include_pad_is_0_ceil_mode_is_False",
              "test_averagepool_3d_dilations_large_count_include_pad_is_0_ceil_mode_is_True",
              "test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_False",
              "test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_True",
              "test_averagepool_3d_dilations_small",
              "test_maxpool_3d_default",
              "test_maxpool_3d_dilations",
              "test_maxpool_3d_dilations_use_ref_impl",
              "test_maxpool_3d_dilations_use_ref_impl_large",
              "test_MaxPool3d",
              "test_MaxPool3d_stride",
              "test_MaxPool3d_stride_padding"),
          Reason.DILATED_AVERAGE,
          List.of("test_averagepool_2d_dilations"),
          Reason.POOL_INDICES,
          List.of(
              "test_maxpool_with_argmax_2d_precomputed_pads",
              "test_maxpool_with_argmax_2d_precomputed_strides"),
          Reason.ROUNDED_EXPECTATION,
          List.of("test_averagepool_2d_ceil_last_window_starts_on_pad"));

  private static final Map<String, Reason> REASONS = new LinkedHashMap<>();

  static {
    TESTS.forEach((reason, tests) -> tests.forEach(test -> REASONS.put(test, reason)));
  }

  private ConformanceExclusions() {}

  static Optional<Reason> reason(String test) {
    return Optional.ofNullable(REASONS.get(test));
  }

  static Set<String> names() {
    return REASONS.keySet();
  }
}
