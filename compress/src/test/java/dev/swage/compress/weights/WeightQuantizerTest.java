package dev.swage.compress.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swage.quant.Granularity;
import dev.swage.quant.QuantError;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.QuantizedTensor;
import dev.swage.quant.Quantizer;
import dev.swage.quant.RangeEstimator;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WeightQuantizerTest {
  /** Elements in a piece: few, so that every weight here is cut. */
  private static final long PIECE = 1000;

  @TempDir private Path folder;

  static Stream<QuantScheme> schemes() {
    List<QuantScheme> all = new ArrayList<>();
    for (int bits : new int[] {2, 4, 8}) {
      for (Granularity granularity :
          List.of(
              Granularity.perTensor(),
              Granularity.perChannel(0),
              Granularity.perChannel(1),
              Granularity.perGroup(0, 16),
              Granularity.perGroup(1, 32))) {
        all.add(QuantScheme.symmetric(bits, granularity));
        all.add(QuantScheme.asymmetric(bits, granularity));
      }
    }
    return all.stream();
  }

  private static Tensor weight(long... dims) {
    Shape shape = Shape.of(dims);
    return Tensor.ofFloats(shape, TestFloats.gaussian((int) shape.elements(), 0.1f, 7));
  }

  private static void requireWhole(Tensor weight, QuantScheme scheme, CodeMemory memory) {
    RangeEstimator range = RangeEstimator.meanSquaredError();
    QuantizedTensor whole = Quantizer.quantize(weight, scheme, range);
    WeightQuantizer.Result cut = WeightQuantizer.quantize(weight, scheme, range, memory, PIECE);
    QuantizedTensor found = cut.weight().tensor();
    assertThat(found.params().scales()).containsExactly(whole.params().scales());
    assertThat(found.params().zeroPoints()).containsExactly(whole.params().zeroPoints());
    assertThat(found.params().shape()).isEqualTo(whole.params().shape());
    assertThat(found.codes().data().mismatch(whole.codes().data())).isEqualTo(-1);
    Tensor floats = cut.weight().dequantized(DType.FLOAT32, memory);
    assertThat(floats.data().mismatch(Quantizer.dequantize(whole).data())).isEqualTo(-1);
    assertThat(cut.sqnrDb()).isCloseTo(QuantError.of(weight, whole).sqnrDb(), within(1e-4));
  }

  @ParameterizedTest
  @MethodSource("schemes")
  void piecesHaveTheCodesOfTheWhole(QuantScheme scheme) {
    // Rows that no group divides; rows of an odd number of elements.
    for (Tensor weight : List.of(weight(130, 96), weight(77, 65), weight(3, 5000))) {
      requireWhole(weight, scheme, CodeMemory.heap());
    }
  }

  @ParameterizedTest
  @MethodSource("schemes")
  void aFileForCodesChangesNothing(QuantScheme scheme) throws IOException {
    try (CodeMemory memory = CodeMemory.in(folder, folder, 0)) {
      requireWhole(weight(1030, 257), scheme, memory);
    }
  }

  @Test
  void piecesCoverWeightsBeyondTheRangeOfInts() {
    Shape shape = Shape.of(152_064, 40_960);
    long elements = 0;
    long scales = 0;
    for (WeightPieces.Piece piece : WeightPieces.of(shape, Granularity.perGroup(0, 32))) {
      assertThat(piece.at()).isEqualTo(elements);
      assertThat(piece.scalesAt()).isEqualTo(scales);
      assertThat(piece.shape().elements()).isLessThanOrEqualTo(WeightPieces.SIZE);
      elements += piece.shape().elements();
      scales += piece.scales().elements();
    }
    assertThat(elements).isEqualTo(shape.elements()).isGreaterThan(Integer.MAX_VALUE);
    assertThat(scales).isEqualTo(shape.elements() / 32);
  }

  @Test
  void theFileForCodesHasNoNameAndItsMemoryOutlivesIt() throws IOException {
    Tensor weight = weight(1024, 512);
    QuantScheme scheme = QuantScheme.symmetric(8, Granularity.perChannel(0));
    QuantizedWeight kept;
    try (CodeMemory memory = CodeMemory.in(folder, folder, 0)) {
      kept = WeightQuantizer.quantize(weight, scheme, RangeEstimator.minMax(), memory).weight();
      assertThat(kept.codes().data().isMapped()).isTrue();
      if (!System.getProperty("os.name").startsWith("Windows")) {
        assertThat(folder).isEmptyDirectory();
      }
    }
    assertThat(folder).isEmptyDirectory();
    QuantizedTensor expected = Quantizer.quantize(weight, scheme, RangeEstimator.minMax());
    assertThat(kept.codes().data().mismatch(expected.codes().data())).isEqualTo(-1);
  }
}
