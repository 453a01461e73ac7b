package dev.swage.run.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.data.DataSource;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.ActivationGroups;
import dev.swage.run.ModelSession;
import dev.swage.run.RunException;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReferenceOutputsTest {
  private static ModelSession scaling(String name, float... factors) {
    Graph graph =
        Graph.builder(name)
            .input(ValueInfo.batched("x", DType.FLOAT32, 3))
            .output(ValueInfo.batched("y", DType.FLOAT32, factors.length))
            .node(Node.of("n", "Mul", List.of("x", "factors"), "y"))
            .initializer("factors", Tensor.ofFloats(Shape.of(factors.length), factors))
            .build();
    return ModelSession.open(
        name, OnnxWriter.toBytes(OnnxModel.of(graph)), SessionOptions.defaults());
  }

  @Test
  void candidatesAreComparedAsWithTheModelItself() {
    DataSource data = DataSource.open("random:1x3?n=7", Path.of(""));
    ReferenceOutputs outputs;
    try (ModelSession reference = scaling("one", 1, 1, 1)) {
      outputs = ReferenceOutputs.of(reference, data, 2);
    }
    try (ModelSession reference = scaling("one", 1, 1, 1);
        ModelSession near = scaling("near", 1, 1.01f, 1);
        ModelSession far = scaling("far", 1, 1, -3)) {
      for (ModelSession candidate : List.of(near, far, reference)) {
        assertThat(outputs.fidelity(candidate))
            .isEqualTo(OutputFidelity.of(reference, candidate, data, 2));
      }
      assertThat(outputs.fidelity(near).leastSqnrDb()).isBetween(35.0, 60.0);
      assertThat(outputs.fidelity(far).topOneAgreement().orElseThrow()).isLessThan(1);
    }
  }

  private static ModelSession summing(int keepdims) {
    Graph graph =
        Graph.builder("short")
            .input(ValueInfo.batched("x", DType.FLOAT32, 3))
            .output(new ValueInfo("y", Optional.empty(), Optional.empty()))
            .node(
                Node.of("n", "ReduceSum", List.of("x"), "y")
                    .with("keepdims", Attribute.of(keepdims)))
            .build();
    return ModelSession.open(
        "short", OnnxWriter.toBytes(OnnxModel.of(graph)), SessionOptions.defaults());
  }

  @Test
  void outputsOfAnotherRankAreNamed() {
    DataSource data = DataSource.open("random:1x3?n=2", Path.of(""));
    try (ModelSession reference = scaling("one", 1, 1, 1);
        ModelSession other = summing(0)) {
      ReferenceOutputs outputs = ReferenceOutputs.of(reference, data, 2);
      assertThatThrownBy(() -> outputs.fidelity(other))
          .isInstanceOf(RunException.class)
          .hasMessage("short gives FLOAT32[] for output 'y' where one gives FLOAT32[2, 3]");
    }
  }

  @Test
  void outputsOfAnotherShapeAreNotMeasurable() {
    DataSource data = DataSource.open("random:1x3?n=2", Path.of(""));
    try (ModelSession reference = scaling("one", 1, 1, 1);
        ModelSession other = summing(1)) {
      OutputFidelity fidelity = ReferenceOutputs.of(reference, data, 2).fidelity(other);
      assertThat(fidelity.worst()).isEmpty();
      assertThat(fidelity.leastSqnrDb()).isNaN();
      assertThat(fidelity.unmeasured())
          .isEqualTo("output 'y': its shape depends on values, and differs from the reference's");
    }
  }

  @Test
  void valuesAreCutIntoGroupsByTheirSize() {
    List<String> values = List.of("a", "b", "c", "d");
    List<Shape> shapes = List.of(Shape.of(4), Shape.of(2, 2), Shape.of(100), Shape.of());
    assertThat(ActivationGroups.within(32, values, shapes))
        .containsExactly(List.of("a", "b"), List.of("c"), List.of("d"));
    assertThat(ActivationGroups.within(1, values, shapes)).hasSize(4);
    assertThat(ActivationGroups.within(1 << 20, values, shapes)).containsExactly(values);
    assertThat(ActivationGroups.within(1, List.of(), List.of())).isEmpty();
  }
}
