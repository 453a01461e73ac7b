package dev.swage.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.tensor.DType;
import org.junit.jupiter.api.Test;

class ScaleZeroPointTest {
  private static final QuantScheme UINT8 = QuantScheme.asymmetric(8, Granularity.perTensor());
  private static final QuantScheme INT8 = QuantScheme.symmetric(8, Granularity.perTensor());

  @Test
  void aRangeIsWidenedToHoldZero() {
    assertThat(ScaleZeroPoint.of(1, 5.1f, UINT8)).isEqualTo(ScaleZeroPoint.of(0, 5.1f, UINT8));
    assertThat(ScaleZeroPoint.of(-4, -1, UINT8)).isEqualTo(new ScaleZeroPoint(4 / 255f, 255));
  }

  @Test
  void aSymmetricRangeHasTheLargerMagnitudeOnBothSides() {
    assertThat(ScaleZeroPoint.of(-1, 2.54f, INT8)).isEqualTo(new ScaleZeroPoint(0.02f, 0));
    assertThat(ScaleZeroPoint.of(-2.54f, 1, INT8)).isEqualTo(new ScaleZeroPoint(0.02f, 0));
  }

  @Test
  void symmetricUnsignedCodesAreAroundTheMiddleCode() {
    QuantScheme scheme = new QuantScheme(DType.UINT8, 8, true, Granularity.perTensor());
    assertThat(ScaleZeroPoint.of(-2.54f, 1, scheme)).isEqualTo(new ScaleZeroPoint(0.02f, 127));
    QuantScheme four = new QuantScheme(DType.UINT4, 4, true, Granularity.perTensor());
    assertThat(ScaleZeroPoint.of(-7, 1, four)).isEqualTo(new ScaleZeroPoint(1, 7));
  }

  @Test
  void aRangeTooNarrowForANormalScaleGivesOneAndZero() {
    ScaleZeroPoint unit = new ScaleZeroPoint(1, 0);
    assertThat(ScaleZeroPoint.of(0, 0, UINT8)).isEqualTo(unit);
    assertThat(ScaleZeroPoint.of(-Float.MIN_NORMAL, 0, UINT8)).isEqualTo(unit);
    assertThat(ScaleZeroPoint.of(0, 254 * Float.MIN_NORMAL, INT8).scale())
        .isEqualTo(2 * Float.MIN_NORMAL);
  }

  /** The three examples of ONNX's DynamicQuantizeLinear. */
  @Test
  void theUnsignedEightBitRuleIsThatOfDynamicQuantizeLinear() {
    assertThat(ScaleZeroPoint.of(-3, 2, UINT8)).isEqualTo(new ScaleZeroPoint(5 / 255f, 153));
    assertThat(ScaleZeroPoint.of(-4, -1, UINT8)).isEqualTo(new ScaleZeroPoint(4 / 255f, 255));
    assertThat(ScaleZeroPoint.of(1, 4, UINT8)).isEqualTo(new ScaleZeroPoint(4 / 255f, 0));
  }

  @Test
  void theWidestRangeHasAFiniteScale() {
    assertThat(ScaleZeroPoint.of(-Float.MAX_VALUE, Float.MAX_VALUE, UINT8).scale()).isFinite();
    for (int bits = 2; bits <= 8; bits++) {
      for (QuantScheme scheme :
          new QuantScheme[] {
            QuantScheme.symmetric(bits, Granularity.perTensor()),
            QuantScheme.asymmetric(bits, Granularity.perTensor())
          }) {
        assertThat(ScaleZeroPoint.of(-Float.MAX_VALUE, Float.MAX_VALUE, scheme).scale())
            .as("%s", scheme)
            .isFinite();
      }
    }
  }

  @Test
  void anUnorderedOrInfiniteRangeIsRejected() {
    assertThatThrownBy(() -> ScaleZeroPoint.of(Float.NaN, 1, INT8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a range needs finite min <= max, got [NaN, 1.0]");
    assertThatThrownBy(() -> ScaleZeroPoint.of(0, Float.POSITIVE_INFINITY, INT8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a range needs finite min <= max, got [0.0, Infinity]");
    assertThatThrownBy(() -> ScaleZeroPoint.of(2, 1, INT8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a range needs finite min <= max, got [2.0, 1.0]");
  }
}
