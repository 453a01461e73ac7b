package dev.swage.onnx.op;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class WeightKindTest {
  @ParameterizedTest
  @CsvSource({
    "PRODUCT, 2, 1, 1, 0, -1",
    "PRODUCT, 4, 3, 3, 2, -1",
    "PRODUCT_TRANSPOSED, 2, 0, 0, 1, -2",
    "CONVOLUTION, 4, 0, 0, 1 2 3, -1",
    "CONVOLUTION_TRANSPOSED, 3, 1, 1, 0 2, -1",
    "CONVOLUTION_TRANSPOSED_GROUPED, 4, 0, 1, 0 2 3, -1",
    "RECURRENT, 3, 1, 1, 2, -1",
    "TABLE, 2, 0, 0, '', -1",
    "TABLE, 3, 0, 0, '', -1",
    "FIRST_FACTOR, 2, 0, 0, 1, -1",
    "FIRST_FACTOR, 4, 2, 2, 3, -1",
    "FIRST_FACTOR_TRANSPOSED, 2, 1, 1, 0, -1",
    "EXPERTS, 3, 1, 1, 2, -1",
    "EINSUM, 3, 2, 2, 1, -1",
  })
  void axesAreThoseOfTheLayout(
      WeightKind kind, int rank, int channel, int output, String reduced, int column) {
    assertThat(kind.takesRank(rank)).isTrue();
    assertThat(kind.channelAxis(rank)).isEqualTo(channel);
    assertThat(kind.outputAxis(rank)).isEqualTo(output);
    int[] axes =
        Arrays.stream(reduced.split(" "))
            .filter(a -> !a.isEmpty())
            .mapToInt(Integer::parseInt)
            .toArray();
    assertThat(kind.reductionAxes(rank)).containsExactly(axes);
    assertThat(kind.columnAxis()).isEqualTo(column);
  }

  @ParameterizedTest
  @CsvSource({
    "PRODUCT, 2 3 4 5",
    "PRODUCT_TRANSPOSED, 2",
    "CONVOLUTION, 3 4 5",
    "CONVOLUTION_TRANSPOSED, 3 4 5",
    "CONVOLUTION_TRANSPOSED_GROUPED, 3 4 5",
    "RECURRENT, 3",
    "TABLE, 2 3 4 5",
    "FIRST_FACTOR, 2 3 4 5",
    "FIRST_FACTOR_TRANSPOSED, 2",
    "EXPERTS, 3",
    "EINSUM, 2 3 4 5"
  })
  void ranksAreThoseOfTheLayout(WeightKind kind, String ranks) {
    assertThat(IntStream.rangeClosed(0, 5).filter(kind::takesRank))
        .containsExactly(
            Arrays.stream(ranks.split(" ")).map(Integer::valueOf).toArray(Integer[]::new));
  }

  @ParameterizedTest
  @EnumSource(WeightKind.class)
  void aWeightIsAProductOrAConvolutionByItsName(WeightKind kind) {
    assertThat(kind.isProduct()).isEqualTo(kind.name().startsWith("PRODUCT"));
    assertThat(kind.isConvolution()).isEqualTo(kind.name().startsWith("CONVOLUTION"));
  }
}
