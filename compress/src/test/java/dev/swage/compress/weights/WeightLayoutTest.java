package dev.swage.compress.weights;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightLayoutTest {
  @ParameterizedTest
  @CsvSource({"1, 1", "64, 64", "65, 63", "128, 192", "200, 131", "3, 300", "300, 4"})
  void everyCodeOfAMatrixFindsItsPlace(int rows, int columns) {
    byte[] codes = new byte[rows * columns];
    TestFloats.random(5).nextBytes(codes);
    Tensor matrix = Tensor.of(DType.INT8, Shape.of(rows, columns), MemorySegment.ofArray(codes));
    CodeMemory.Place place =
        CodeMemory.heap().place(DType.INT8, WeightLayout.transposed(matrix.shape()));
    Tensor moved = place.tensor();
    assertThat(moved.shape()).isEqualTo(Shape.of(columns, rows));
    WeightLayout.transposeCodes(matrix, place);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        assertThat(moved.data().get(ValueLayout.JAVA_BYTE, (long) c * rows + r))
            .isEqualTo(codes[r * columns + c]);
      }
    }
  }
}
