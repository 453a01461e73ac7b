package dev.swage.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.graph.GraphEvaluator;
import dev.swage.graph.Preparation;
import dev.swage.graph.PreparationOptions;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RuntimeEvaluatorTest {
  private final RuntimeEvaluator evaluator = new RuntimeEvaluator();
  private final Graph.Builder graph = Graph.builder("g");

  private void output(String name) {
    graph.output(new ValueInfo(name, Optional.empty(), Optional.empty()));
  }

  @Test
  void computesOutputsInTheirOrder() {
    graph.initializer("a", Tensor.ofFloats(Shape.of(2), 1, -2));
    graph.initializer("i", Tensor.ofLongs(Shape.of(), 5));
    graph.node(Node.of("", "Neg", List.of("a"), "n"));
    graph.node(Node.of("", "Neg", List.of("i"), "j"));
    output("n");
    output("j");
    List<Tensor> values = evaluator.compute(OnnxModel.of(graph.build())).orElseThrow();
    assertThat(values.getFirst().toFloats()).containsExactly(-1, 2);
    assertThat(values.getLast().toLongs()).containsExactly(-5);
    assertThat(values.getLast().shape()).isEqualTo(Shape.of());
  }

  @Test
  void refusesToComputeWhatFails() {
    graph.initializer("a", Tensor.ofLongs(Shape.of(1), 7));
    graph.initializer("shape", Tensor.ofLongs(Shape.of(2), 3, 3));
    graph.node(Node.of("", "Reshape", List.of("a", "shape"), "r"));
    output("r");
    assertThat(evaluator.compute(OnnxModel.of(graph.build()))).isEmpty();
  }

  @Test
  void refusesWhatItCannotLoad() {
    graph.input(ValueInfo.of("x", DType.FLOAT32, Shape.of(2)));
    graph.node(new Node("", "Unheard", "of.nobody", List.of("x"), List.of("y"), Map.of()));
    output("y");
    OnnxModel model = OnnxModel.of(graph.build()).withOpset("of.nobody", 1);
    assertThat(evaluator.infer(model)).isEmpty();
    assertThat(evaluator.compute(model)).isEmpty();
  }

  /** ONNX Runtime's Java API describes both by no dimensions. */
  @Test
  void tellsScalarsFromUnknownRanks() {
    graph.input(ValueInfo.of("x", DType.FLOAT32, Shape.of(2, 3)));
    graph.input(
        new ValueInfo("s", Optional.of(DType.INT64), Optional.of(List.of(new Dim.Symbolic("n")))));
    graph.initializer("one", Tensor.ofFloats(Shape.of(), 1));
    graph.node(Node.of("", "Neg", List.of("one"), "scalar"));
    graph.node(Node.of("", "Reshape", List.of("x", "s"), "anything"));
    graph.node(Node.of("", "Relu", List.of("x"), "matrix"));
    List.of("anything", "matrix", "scalar").forEach(this::output);
    List<ValueInfo> values = evaluator.infer(OnnxModel.of(graph.build())).orElseThrow();
    assertThat(values)
        .containsExactlyInAnyOrder(
            new ValueInfo("anything", Optional.of(DType.FLOAT32), Optional.empty()),
            ValueInfo.of("matrix", DType.FLOAT32, Shape.of(2, 3)),
            ValueInfo.of("scalar", DType.FLOAT32, Shape.of()));
  }

  @Test
  void withoutRuntimeTheModelComputesTheSame() {
    graph.input(ValueInfo.of("x", DType.FLOAT32, Shape.of(2, 3)));
    graph.initializer("w", Tensor.ofFloats(Shape.of(6), 1, -2, 3, -4, 5, -6));
    graph.initializer("to", Tensor.ofLongs(Shape.of(2), 2, 3));
    graph.node(Node.of("", "Reshape", List.of("w", "to"), "v"));
    graph.node(Node.of("", "Exp", List.of("v"), "e"));
    graph.node(Node.of("", "Identity", List.of("x"), "same"));
    graph.node(Node.of("", "Shape", List.of("same"), "size"));
    graph.node(Node.of("", "Add", List.of("same", "e"), "a"));
    graph.node(Node.of("", "Reshape", List.of("a", "size"), "y"));
    graph.valueInfos(
        List.of(
            ValueInfo.of("v", DType.FLOAT32, Shape.of(2, 3)),
            ValueInfo.of("same", DType.FLOAT32, Shape.of(2, 3))));
    graph.output(new ValueInfo("y", Optional.of(DType.FLOAT32), Optional.empty()));
    OnnxModel model = OnnxModel.of(graph.build());
    OnnxModel prepared =
        Preparation.of(model, PreparationOptions.defaults(), GraphEvaluator.none()).model();
    assertThat(prepared.graph().nodes().stream().map(Node::opType))
        .containsExactly("Exp", "Add", "Reshape");
    assertThat(run(prepared)).containsExactly(run(model));
  }

  private static float[] run(OnnxModel model) {
    try (ModelSession session =
        ModelSession.open("m", OnnxWriter.toBytes(model), SessionOptions.defaults())) {
      Tensor x = Tensor.ofFloats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
      return session.run(List.of(x)).getFirst().toFloats();
    }
  }
}
