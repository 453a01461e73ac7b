package dev.swage.train.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of dequantization and of products with codes are slopes. */
final class QuantizationGradientTest {
  private static Tensor bytes(DType type, Shape shape, int... values) {
    return Tensor.ofBytes(type, shape, values);
  }

  static List<GradientCase> cases() {
    return List.of(
        GradientCase.of("DequantizeLinear")
            .fixed(bytes(DType.INT8, Shape.of(2, 3), -7, 3, 100, -128, 0, 5))
            .positive()
            .fixed(bytes(DType.INT8, Shape.of(), 4)),
        GradientCase.of("DequantizeLinear")
            .set("axis", -2)
            .fixed(bytes(DType.UINT8, Shape.of(2, 3), 7, 3, 100, 255, 0, 5))
            .positive(2)
            .fixed(bytes(DType.UINT8, Shape.of(2), 4, 128)),
        GradientCase.of("DequantizeLinear")
            .set("axis", 1)
            .set("block_size", 2)
            .fixed(bytes(DType.INT8, Shape.of(2, 4), 7, 3, 100, 25, 0, 5, -9, 1))
            .positive(2, 2),
        GradientCase.of("com.microsoft", "MatMulNBits", 1)
            .set("K", 5)
            .set("N", 2)
            .set("bits", 4)
            .set("block_size", 16)
            .x(3, 5)
            .fixed(
                bytes(
                    DType.UINT8,
                    Shape.of(2, 1, 8),
                    0x12,
                    0xF4,
                    0x07,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0x9A,
                    0x3C,
                    0x0E,
                    0,
                    0,
                    0,
                    0,
                    0))
            .positive(2));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void of_dequantization(GradientCase test) {
    assertThat(test.inputs()).anyMatch(GradientCase.Input::differentiated);
    GradientCheck.run(test);
  }
}
