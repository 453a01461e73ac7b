package dev.swage.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.data.DataSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.score.Comparison;
import dev.swage.run.score.ComparisonOptions;
import dev.swage.run.score.Evaluation;
import dev.swage.run.score.LayerError;
import dev.swage.run.score.OutputFidelity;
import dev.swage.run.score.ReferenceOutputs;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models that name a batch axis and run one sample at a time only. */
class BatchRetryTest {
  private static final DataSource DATA = DataSource.open("random:1x6?n=5");

  /** A Reshape to one row of the elements of one sample. */
  private static OnnxModel single(float factor) {
    Graph graph =
        Graph.builder("g")
            .input(ValueInfo.batched("x", DType.FLOAT32, 6))
            .initializer("shape", Tensor.ofLongs(Shape.of(2), 1, 6))
            .initializer("f", Tensor.ofFloats(Shape.of(), factor))
            .node(Node.of("r", "Reshape", List.of("x", "shape"), "row"))
            .node(Node.of("m", "Mul", List.of("row", "f"), "z"))
            .node(Node.of("s", "Tanh", List.of("z"), "y"))
            .output(ValueInfo.batched("y", DType.FLOAT32, 6))
            .build();
    return OnnxModel.of(graph);
  }

  private static ModelSession open(OnnxModel model) {
    return ModelSession.open("m", OnnxWriter.toBytes(model), SessionOptions.defaults());
  }

  @Test
  void fidelityEvaluationAndReferenceBeginAnewWithOneSample() {
    try (ModelSession a = open(single(1));
        ModelSession b = open(single(1.5f))) {
      OutputFidelity fidelity = OutputFidelity.of(a, b, DATA, 4);
      assertThat(fidelity.samples()).isEqualTo(5);
      assertThat(fidelity.leastSqnrDb()).isBetween(1.0, 40.0);
      assertThat(a.runsOneAtATime()).isTrue();
      ReferenceOutputs outputs = ReferenceOutputs.of(a, DATA, 4);
      assertThat(outputs.fidelity(b).leastSqnrDb()).isEqualTo(fidelity.leastSqnrDb());
    }
    float[][] rows = new float[4][6];
    DataSource labelled = DataSource.of(rows, new int[] {0, 0, 1, 0});
    try (ModelSession session = open(single(1))) {
      Evaluation evaluation = Evaluation.of(session, labelled, 4, OutputKind.LOGITS);
      assertThat(evaluation.accuracy()).hasValue(0.75);
      assertThat(evaluation.batchSize()).isEqualTo(1);
      assertThat(evaluation.batchFixedByModel()).isTrue();
    }
  }

  @Test
  void comparisonsSaySo(@TempDir Path folder) {
    Path a = folder.resolve("a.onnx");
    Path b = folder.resolve("b.onnx");
    OnnxWriter.write(single(1), a);
    OnnxWriter.write(single(1.5f), b);
    Comparison compared =
        Comparison.of(a, b, DATA, ComparisonOptions.defaults().withLatencyRuns(1, 1));
    assertThat(compared.oneAtATime()).isTrue();
    assertThat(compared.samples()).isEqualTo(5);
    assertThat(compared.layers()).extracting(LayerError::value).containsExactly("row", "z");
  }

  @Test
  void whatFailsAloneFails() {
    DataSource wrong = DataSource.open("random:1x7?n=5");
    try (ModelSession a = open(single(1))) {
      assertThatThrownBy(() -> ReferenceOutputs.of(a, wrong, 4))
          .isInstanceOf(RunException.class)
          .hasMessageContaining("got FLOAT32[4, 7]");
      assertThat(a.runsOneAtATime()).isFalse();
    }
  }

  @Test
  void aCandidateThatFailsWhereItsReferenceRunsFails() {
    Graph graph =
        Graph.builder("g")
            .input(ValueInfo.batched("x", DType.FLOAT32, 6))
            .node(Node.of("s", "Tanh", List.of("x"), "y"))
            .output(ValueInfo.batched("y", DType.FLOAT32, 6))
            .build();
    try (ModelSession a = open(OnnxModel.of(graph));
        ModelSession b = open(single(1))) {
      assertThatThrownBy(() -> OutputFidelity.of(a, b, DATA, 4)).isInstanceOf(RunException.class);
      assertThat(a.runsOneAtATime()).isFalse();
    }
  }
}
