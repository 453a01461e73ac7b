package dev.swage.compress.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ElementsTest {
  private static final double[] VALUES = {0, 1, 3, 100, 1.0 + 3.0 / 256, 1.0 + 1.0 / 256};

  /** Of the last two, half a step above a number of eight bits, to the even neighbour. */
  private static final double[] BFLOAT16 = {0, 1, 3, 100, 1.015625, 1};

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {
        "FLOAT32",
        "FLOAT64",
        "FLOAT16",
        "BFLOAT16",
        "INT64",
        "INT32",
        "INT16",
        "INT8",
        "UINT8"
      })
  void numbersAreRoundedToTheTypeAndReadBack(DType type) {
    Tensor tensor = Elements.tensor(type, Shape.of(VALUES.length), VALUES);
    double[] expected =
        switch (type) {
          case FLOAT32, FLOAT64, FLOAT16 -> VALUES;
          case BFLOAT16 -> BFLOAT16;
          default -> new double[] {0, 1, 3, 100, 1, 1};
        };
    assertThat(Elements.of(tensor))
        .hasValueSatisfying(found -> assertThat(found).isEqualTo(expected));
  }
}
