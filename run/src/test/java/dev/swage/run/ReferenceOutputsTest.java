package dev.swage.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.data.DataSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
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

  @Test
  void outputsOfAnotherShapeAreNamed() {
    DataSource data = DataSource.open("random:1x3?n=2", Path.of(""));
    Graph graph =
        Graph.builder("short")
            .input(ValueInfo.batched("x", DType.FLOAT32, 3))
            .output(new ValueInfo("y", java.util.Optional.empty(), java.util.Optional.empty()))
            .node(Node.of("n", "ReduceSum", List.of("x"), "y"))
            .build();
    try (ModelSession reference = scaling("one", 1, 1, 1);
        ModelSession other =
            ModelSession.open(
                "short", OnnxWriter.toBytes(OnnxModel.of(graph)), SessionOptions.defaults())) {
      ReferenceOutputs outputs = ReferenceOutputs.of(reference, data, 2);
      assertThatThrownBy(() -> outputs.fidelity(other))
          .isInstanceOf(RunException.class)
          .hasMessage("short gives FLOAT32[1, 1] for output 'y' where one gives FLOAT32[2, 3]");
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
