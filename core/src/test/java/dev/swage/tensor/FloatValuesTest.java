package dev.swage.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class FloatValuesTest {
  private static final float[] EXACT = {0, -0f, 1, -2.5f, 0.0078125f, 96, Float.POSITIVE_INFINITY};

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"FLOAT16", "BFLOAT16", "FLOAT32", "FLOAT64"})
  void numbersThatATypeHoldsSurviveIt(DType type) {
    Tensor floats = Tensor.ofFloats(Shape.of(EXACT.length), EXACT);
    Tensor there = FloatValues.toType(floats, type);
    assertThat(there.dtype()).isEqualTo(type);
    assertThat(FloatValues.toFloat32(there).toFloats()).containsExactly(EXACT);
    assertThat(FloatValues.get(there, 3)).isEqualTo(-2.5f);
    Tensor nan = FloatValues.toType(Tensor.ofFloats(Shape.of(), Float.NaN), type);
    assertThat(FloatValues.get(nan, 0)).isNaN();
  }

  /** Halfway between two numbers, the one whose last bit is 0. */
  @ParameterizedTest
  @CsvSource({"1.00390625, 1", "1.01171875, 1.015625", "1.005, 1.0078125", "3.4e38, Infinity"})
  void bfloat16RoundsHalfToEven(float value, float expected) {
    Tensor rounded = FloatValues.toType(Tensor.ofFloats(Shape.of(), value), DType.BFLOAT16);
    assertThat(FloatValues.get(rounded, 0)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "0.1, 0.10003662",
    "0.5, 0.5",
    "1e-9, 5.9604645e-8",
    "1e-7, 1.1920929e-7",
    "1e6, 65504",
    "3.0004883, 3.0019531"
  })
  void float16IsRoundedUp(float value, float expected) {
    assertThat(FloatValues.ceilFloat16(value)).isEqualTo(expected);
  }

  @Test
  void otherTypesAreRefused() {
    Tensor longs = Tensor.ofLongs(Shape.of(1), 7);
    assertThat(FloatValues.areRead(DType.INT64)).isFalse();
    assertThatThrownBy(() -> FloatValues.toFloat32(longs))
        .hasMessage("has no elements to read: INT64[1]");
  }
}
