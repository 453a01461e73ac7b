package dev.swage.graph;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Preparation by {@link GraphEvaluator#none}. */
class WithoutRuntimeTest {
  private final Graph.Builder graph =
      Graph.builder("g")
          .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(2, 3)))
          .output(new ValueInfo("y", Optional.of(DType.FLOAT32), Optional.empty()));

  private Prepared prepared(PreparationOptions options) {
    return Preparation.of(OnnxModel.of(graph.build()), options, GraphEvaluator.none());
  }

  private Prepared prepared() {
    return prepared(PreparationOptions.defaults());
  }

  private static List<String> operators(Prepared prepared) {
    return prepared.model().graph().nodes().stream().map(Node::opType).toList();
  }

  private static Node constant(String output, Tensor value) {
    return Node.of("", "Constant", List.of(), output).with("value", Attribute.of(value));
  }

  @Test
  void constantNodesAreFolded() {
    graph.node(constant("c", Tensor.ofFloats(Shape.of(3), 1, 2, 3)));
    graph.node(Node.of("", "Add", List.of("x", "c"), "y"));
    Prepared prepared = prepared();
    assertThat(operators(prepared)).containsExactly("Add");
    assertThat(prepared.model().graph().initializers().get("c").toFloats())
        .containsExactly(1, 2, 3);
    assertThat(prepared.counts()).isEqualTo(Map.of(RewriteKind.CONSTANT_FOLDED, 1L));
  }

  @Test
  void sizesOfDeclaredShapesAreFolded() {
    graph.node(Node.of("", "Relu", List.of("x"), "r"));
    graph.valueInfos(List.of(ValueInfo.of("r", DType.FLOAT32, Shape.of(2, 3))));
    graph.node(Node.of("", "Shape", List.of("r"), "s"));
    graph.node(Node.of("", "Expand", List.of("r", "s"), "y"));
    Prepared prepared = prepared();
    assertThat(operators(prepared)).doesNotContain("Shape");
    assertThat(prepared.model().graph().initializers().get("s").toLongs()).containsExactly(2, 3);
  }

  @Test
  void shapesThatNobodyDeclaresStayOpen() {
    graph.node(Node.of("", "Relu", List.of("x"), "r"));
    graph.node(Node.of("", "Shape", List.of("r"), "s"));
    graph.node(Node.of("", "Expand", List.of("r", "s"), "y"));
    assertThat(operators(prepared())).containsExactly("Relu", "Shape", "Expand");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void viewsOfConstantsAreFoldedWhereTheirShapeIsDeclared(boolean declared) {
    graph.initializer("w", Tensor.ofFloats(Shape.of(3), 1, 2, 3));
    graph.initializer("s", Tensor.ofLongs(Shape.of(2), 1, 3));
    graph.node(Node.of("", "Reshape", List.of("w", "s"), "v"));
    graph.node(Node.of("", "Mul", List.of("x", "v"), "y"));
    if (declared) {
      graph.valueInfos(List.of(ValueInfo.of("v", DType.FLOAT32, Shape.of(1, 3))));
    }
    Prepared prepared = prepared();
    assertThat(operators(prepared).contains("Reshape")).isEqualTo(!declared);
    if (declared) {
      assertThat(prepared.model().graph().initializers().get("v").shape())
          .isEqualTo(Shape.of(1, 3));
    }
  }

  @Test
  void whatMustRunStays() {
    graph.initializer("a", Tensor.ofFloats(Shape.of(3), 1, 2, 3));
    graph.node(Node.of("", "Neg", List.of("a"), "n"));
    graph.node(Node.of("", "Exp", List.of("n"), "e"));
    graph.valueInfos(
        List.of(
            ValueInfo.of("n", DType.FLOAT32, Shape.of(3)),
            ValueInfo.of("e", DType.FLOAT32, Shape.of(3))));
    graph.node(Node.of("", "Add", List.of("x", "e"), "y"));
    Prepared prepared = prepared();
    assertThat(operators(prepared)).containsExactly("Neg", "Exp", "Add");
    assertThat(prepared.rewrites()).isEmpty();
  }

  /** The one pass that needs neither types nor values that are computed. */
  @Test
  void normalizationGoesIntoConv() {
    graph.inputs(List.of(ValueInfo.of("x", DType.FLOAT32, Shape.of(1, 3, 5, 5))));
    graph.initializer("w", Tensor.ofFloats(Shape.of(2, 3, 1, 1), 1, 2, 3, 4, 5, 6));
    graph.node(Node.of("", "Conv", List.of("x", "w"), "c"));
    for (String role : List.of("gamma", "beta", "mean", "variance")) {
      graph.initializer(role, Tensor.ofFloats(Shape.of(2), 1, 2));
    }
    graph.node(
        Node.of("", "BatchNormalization", List.of("c", "gamma", "beta", "mean", "variance"), "y"));
    assertThat(operators(prepared())).containsExactly("Conv");
  }

  @Test
  void anOutputThatIsListedTwiceHasTheTypeOfTheOutput() {
    graph.outputs(
        List.of(
            ValueInfo.of("r", DType.FLOAT32, Shape.of(2, 3)),
            new ValueInfo("y", Optional.of(DType.INT64), Optional.empty())));
    graph.valueInfos(List.of(ValueInfo.of("r", DType.FLOAT32, Shape.of(2, 3))));
    graph.node(Node.of("", "Relu", List.of("x"), "r"));
    graph.node(Node.of("", "Shape", List.of("r"), "s"));
    graph.node(Node.of("", "Identity", List.of("s"), "y"));
    assertThat(prepared().model().graph().initializers()).containsOnlyKeys("s");
  }

  @Test
  void operatorSetIsRaised() {
    OnnxModel model = OnnxModel.of(oldGraph()).withOpset("", 11);
    Prepared raised =
        Preparation.of(model, PreparationOptions.defaults().withOpset(21), GraphEvaluator.none());
    assertThat(raised.model().opset()).isEqualTo(21);
    Node squeeze = raised.model().graph().nodes().getFirst();
    assertThat(squeeze.attributes()).isEmpty();
    assertThat(raised.model().graph().initializers().get(squeeze.input(1)).toLongs())
        .containsExactly(0);
  }

  private Graph oldGraph() {
    Node squeeze =
        Node.of("", "Squeeze", List.of("x"), "y")
            .with("axes", new Attribute.IntsValue(List.of(0L)));
    return graph
        .inputs(List.of(ValueInfo.of("x", DType.FLOAT32, Shape.of(1, 3))))
        .node(squeeze)
        .build();
  }

  @Test
  void refusesEveryModel() {
    OnnxModel model = OnnxModel.of(graph.build());
    assertThat(GraphEvaluator.none().compute(model)).isEmpty();
    assertThat(GraphEvaluator.none().infer(model)).isEmpty();
  }
}
