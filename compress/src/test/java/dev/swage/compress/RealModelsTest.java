package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.data.DataSource;
import dev.swage.graph.RewriteKind;
import dev.swage.onnx.Graph;
import dev.swage.onnx.OnnxReader;
import dev.swage.run.score.Comparison;
import dev.swage.run.score.ComparisonOptions;
import dev.swage.run.score.LayerError;
import dev.swage.testkit.SharedData;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Networks trained by others, whose files were written by other tools. */
class RealModelsTest {
  @TempDir private Path folder;

  static Stream<Arguments> models() {
    return Stream.of(
        // Its third weight, the dense layer's, goes through a Reshape, which is folded.
        Arguments.of("models/ort-examples/mnist.onnx", 3, 0.45),
        Arguments.of("models/resnet-cifar10/resnet20-12fca82f.derived.onnx", 20, 0.28),
        Arguments.of("models/tribuo/iris-lr-model.onnx", 1, 1.1));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void weightsOfForeignFilesAreQuantizedAndProven(String model, int weights, double ratio) {
    Path input = SharedData.require(model);
    Conversion int8 = WeightOnly.int8().convert(input, folder.resolve("int8.onnx"));
    Conversion int4 = WeightOnly.int4().convert(input, folder.resolve("int4.onnx"));
    assertThat(int8.quantized().codes()).hasSize(weights);
    assertThat(int4.quantized().codes()).hasSize(weights);
    assertThat(int8.sizeRatio()).isLessThan(ratio);
    assertThat(int4.sizeRatio()).isLessThan(ratio);
  }

  @Test
  void oldFilesAreRaisedAndTheirNormalizationsFolded() {
    Path input = SharedData.require("models/ultraface/version-RFB-320.onnx");
    Conversion int4 = WeightOnly.int4().convert(input, folder.resolve("int4.onnx"));
    assertThat(int4.quantized().prepared().counts())
        .containsEntry(RewriteKind.BATCH_NORMALIZATION_FOLDED, 35L)
        .containsEntry(RewriteKind.OPSET_RAISED, 1L);
    assertThat(int4.agreement().orElseThrow().maxRelativeDifference()).isLessThan(2e-6);
    assertThat(int4.proof().dequantized().orElseThrow().runs()).isEqualTo(3);
  }

  @Test
  void weightsThatOnlyBranchesReadAreQuantizedInTheBranch() {
    Path input = SharedData.require("models/silero-vad/silero_vad_op18_ifless.onnx");
    Conversion int8 = WeightOnly.int8().convert(input, folder.resolve("int8.onnx"));
    assertThat(int8.quantized().plan().quantizedWeights()).isEqualTo(16);
    assertThat(int8.quantized().plan().keptWeights())
        .isEqualTo(
            "14 × bias or another addend: its errors are not averaged away; 1 × its operator's weights are not quantized");
    List<Graph> branches =
        OnnxReader.read(folder.resolve("int8.onnx")).graph().nodes().stream()
            .flatMap(node -> node.subgraphs().stream())
            .toList();
    assertThat(branches)
        .hasSize(2)
        .allSatisfy(branch ->
            assertThat(branch.nodes().stream().filter(node -> node.is("DequantizeLinear")))
                .hasSize(8));
  }

  @Test
  void digitsKeepTheirAccuracy() {
    Path input = SharedData.require("models/ort-examples/mnist.onnx");
    DataSource digits =
        DataSource.open("idx:mnist?split=test&scale=1&limit=1000", SharedData.require("datasets"));
    for (WeightOnly recipe : List.of(WeightOnly.int8(), WeightOnly.int4())) {
      Path small = folder.resolve("small.onnx");
      recipe.convert(input, small);
      Comparison comparison =
          Comparison.of(input, small, digits, ComparisonOptions.defaults().withLatencyRuns(2, 5));
      assertThat(comparison.reference().evaluation().orElseThrow().accuracy()).hasValue(0.987);
      assertThat(comparison.agreement().orElseThrow()).isGreaterThan(0.99);
      assertThat(comparison.sqnrDb()).isGreaterThan(20);
      assertThat(comparison.layers())
          .extracting(LayerError::value)
          .contains("Plus30_Output_0", "ReLU32_Output_0", "Plus112_Output_0");
    }
  }
}
