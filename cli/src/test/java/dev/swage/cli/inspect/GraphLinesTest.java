package dev.swage.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.Graph;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class GraphLinesTest {
  @Test
  void inputs_and_outputs_have_types_and_shapes() {
    Graph graph =
        Graph.builder("g")
            .input(
                new ValueInfo(
                    "ids",
                    Optional.of(DType.INT64),
                    Optional.of(List.of(new Dim.Symbolic("batch"), new Dim.Symbolic("")))))
            .input(ValueInfo.of("weight", DType.FLOAT32, Shape.of(2)))
            .initializer("weight", Tensor.ofFloats(Shape.of(2), 1, 2))
            .output(new ValueInfo("y", Optional.empty(), Optional.empty()))
            .build();
    assertThat(GraphLines.of(graph))
        .containsExactly(
            "input ids: INT64, [batch, ?]", "output y: of no known element type, of unknown rank");
  }

  @Test
  void many_are_counted() {
    Graph.Builder graph = Graph.builder("g");
    for (int i = 0; i < 23; i++) {
      graph.output(ValueInfo.batched("y" + i, DType.FLOAT32, 3));
    }
    assertThat(GraphLines.of(graph.build()))
        .hasSize(21)
        .contains("output y19: FLOAT32, [batch, 3]")
        .endsWith("and 3 more outputs");
  }
}
