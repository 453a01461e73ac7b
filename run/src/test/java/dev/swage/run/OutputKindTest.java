package dev.swage.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.data.DataSource;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.OutputMeaning;
import dev.swage.onnx.layer.Network;
import dev.swage.run.score.Comparison;
import dev.swage.run.score.ComparisonOptions;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OutputKindTest {
  private static final String KEY = "swage.output";

  @TempDir private Path folder;

  private static OnnxModel softmax() {
    return Network.input("x", 2).dense(3).softmax().build();
  }

  private static OnnxModel tanh() {
    return Network.input("x", 2).dense(1).tanh().build();
  }

  private static OnnxModel dense() {
    return Network.input("x", 2).dense(1).build();
  }

  /** {@link #dense} or {@link #tanh} in codes, of which none stands for a negative number. */
  private static OnnxModel clipped() {
    EndingGraph graph = new EndingGraph();
    return graph.model(graph.pair(graph.add("Gemm", "x", "w", "b"), "y_scale", "lowest"));
  }

  private static OnnxModel quantized() {
    EndingGraph graph = new EndingGraph();
    return graph.model(graph.pair(graph.add("Gemm", "x", "w", "b"), "y_scale", "middle"));
  }

  @ParameterizedTest
  @CsvSource({
    "probabilities, PROBABILITIES",
    "log-probabilities, LOG_PROBABILITIES",
    "logits, LOGITS"
  })
  void metadataComesFirst(String word, OutputKind kind) {
    for (OnnxModel model : new OnnxModel[] {softmax(), tanh(), dense()}) {
      OnnxModel named = model.withMetadata(KEY, word);
      assertThat(OutputKind.of(named)).isEqualTo(kind);
      assertThat(kind.meaning().map(OutputMeaning::word)).hasValue(word);
    }
  }

  @Test
  void withoutMetadataTheOperatorsTell() {
    assertThat(OutputKind.of(softmax())).isEqualTo(OutputKind.PROBABILITIES);
    assertThat(OutputKind.of(tanh())).isEqualTo(OutputKind.UNKNOWN);
    assertThat(OutputKind.UNKNOWN.meaning()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"softmax", "Logits", "", "unknown"})
  void anotherWordIsAnErrorThatNamesTheFile(String word) {
    String problem =
        "metadata swage.output: got '%s', expected probabilities or log-probabilities or logits;"
                .formatted(word)
            + " correct the entry or remove it";
    OnnxModel model = dense().withMetadata(KEY, word);
    assertThatThrownBy(() -> OutputKind.of(model))
        .isInstanceOf(OnnxException.class)
        .hasMessage(problem);
    Path bad = folder.resolve("bad.onnx");
    Path good = folder.resolve("good.onnx");
    OnnxWriter.write(model, bad);
    OnnxWriter.write(dense(), good);
    DataSource data = DataSource.open("moons:?n=20&seed=2");
    assertThatThrownBy(() -> Comparison.of(bad, good, data))
        .isInstanceOf(OnnxException.class)
        .hasMessage(bad + ": " + problem);
    assertThatThrownBy(() -> Comparison.of(good, bad, data))
        .isInstanceOf(OnnxException.class)
        .hasMessage(bad + ": " + problem);
  }

  @Test
  void aComparedModelHasTheKindOfItsReferenceUnlessItSaysAnother() {
    OnnxModel named = dense().withMetadata(KEY, "probabilities");
    // It cannot tell.
    assertThat(OutputKind.ofCompared(dense(), clipped())).isEqualTo(OutputKind.LOGITS);
    assertThat(OutputKind.ofCompared(named, tanh())).isEqualTo(OutputKind.PROBABILITIES);
    // It ends as the reference does.
    assertThat(OutputKind.ofCompared(named, quantized())).isEqualTo(OutputKind.PROBABILITIES);
    assertThat(OutputKind.ofCompared(named, dense())).isEqualTo(OutputKind.PROBABILITIES);
    // What makes the reference unknown may have been left out.
    assertThat(OutputKind.ofCompared(tanh(), quantized())).isEqualTo(OutputKind.UNKNOWN);
    // It says another kind.
    assertThat(OutputKind.ofCompared(dense(), softmax())).isEqualTo(OutputKind.PROBABILITIES);
    assertThat(OutputKind.ofCompared(tanh(), dense())).isEqualTo(OutputKind.LOGITS);
    assertThat(OutputKind.ofCompared(softmax(), dense().withMetadata(KEY, "log-probabilities")))
        .isEqualTo(OutputKind.LOG_PROBABILITIES);
  }

  /** One column of logits, all above 0 but not above 0.5: class 1 only where 0 is the threshold. */
  @Test
  void bothFilesOfAComparisonAreScoredAlike() {
    OnnxModel model = dense();
    Tensor weight = model.graph().initializers().get("dense1.weight");
    OnnxModel small =
        model.withGraph(
            model.graph().toBuilder()
                .initializer("dense1.weight", Tensor.ofFloats(weight.shape(), 0, 0))
                .initializer("dense1.bias", Tensor.ofFloats(Shape.of(1), 0.25f))
                .build());
    Path reference = folder.resolve("float.onnx");
    Path candidate = folder.resolve("codes.onnx");
    OnnxWriter.write(small, reference);
    OnnxWriter.write(inCodes(small), candidate);
    Comparison comparison =
        Comparison.of(
            reference,
            candidate,
            DataSource.open("moons:?n=20&seed=2"),
            ComparisonOptions.defaults().withLatencyRuns(1, 3).withLayerSamples(0));
    assertThat(comparison.agreement()).hasValue(1);
    assertThat(comparison.candidate().evaluation()).isEqualTo(comparison.reference().evaluation());
    assertThat(comparison.candidate().evaluation().orElseThrow().loss()).isPresent();
  }

  /** The same outputs, exactly, through codes that begin at 0. */
  private static OnnxModel inCodes(OnnxModel model) {
    String output = model.graph().outputs().getFirst().name();
    return model.withGraph(
        model.graph().toBuilder()
            .nodes(
                model.graph().nodes().stream()
                    .map(node ->
                        node.outputs().contains(output)
                            ? node.withOutputs(List.of("before"))
                            : node)
                    .toList())
            .initializer("scale", Tensor.ofFloats(Shape.of(), 0.25f))
            .node(Node.of("q", "QuantizeLinear", List.of("before", "scale"), "codes"))
            .node(Node.of("d", "DequantizeLinear", List.of("codes", "scale"), output))
            .build());
  }
}
