package dev.swage.compress.qdq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.TestPlans;
import dev.swage.compress.diagnose.TestNetwork;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.data.DataSource;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.quant.range.MinMaxRange;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Why nodes stay in floating point where ranges are fixed ahead. */
class KeepReasonsTest {
  private static final DataSource PICTURES = DataSource.open("random:1x3x8x8?n=4", Path.of(""));
  private static final DataSource STEPS = DataSource.open("random:1x6x16?n=4", Path.of(""));

  private static Tensor weight(long... dims) {
    Shape shape = Shape.of(dims);
    return Tensor.ofFloats(shape, TestFloats.gaussian((int) shape.elements(), 0.3, 7));
  }

  private static Graph.Builder pictures() {
    return Graph.builder("net")
        .input(ValueInfo.batched("x", DType.FLOAT32, 3, 8, 8))
        .output(ValueInfo.batched("y", DType.FLOAT32, 8, 2, 2));
  }

  private static Graph.Builder conv(
      Graph.Builder graph, String name, String x, String y, long... dims) {
    return graph
        .node(
            Node.of(name, "Conv", List.of(x, name + ".w"), y)
                .with("pads", Attribute.ints(1, 1, 1, 1)))
        .initializer(name + ".w", weight(dims));
  }

  private static ModelPlan plan(OnnxModel model, DataSource data) {
    return TestPlans.fixed(
        model.graph(), TestNetwork.observe(model, data), QdqOptions.of(new MinMaxRange()));
  }

  private static Map<String, NodeChoice> decisions(OnnxModel model, DataSource data) {
    return plan(model, data).nodes().stream()
        .collect(Collectors.toMap(PlannedNode::name, PlannedNode::choice));
  }

  /** ONNX Runtime 1.29 makes a QLinearAveragePool of it that it then refuses to load. */
  @Test
  void dilatedAveragePoolingWouldNotFuse() {
    Graph.Builder graph = conv(pictures(), "first", "x", "a", 8, 3, 3, 3);
    graph.node(
        Node.of("pool", "AveragePool", List.of("a"), "b")
            .with("kernel_shape", Attribute.ints(2, 2))
            .with("dilations", Attribute.ints(3, 3)));
    OnnxModel model =
        OnnxModel.of(conv(graph, "second", "b", "y", 8, 8, 3, 3).build()).withOpset("", 19);
    ModelPlan plan = plan(model, PICTURES);
    assertThat(decisions(model, PICTURES).get("pool"))
        .isEqualTo(new Keep(KeepReason.WOULD_NOT_FUSE, "QLinearAveragePool has no dilations"));
    OnnxModel small = QdqWriter.write(model, plan).model();
    try (ModelSession session =
        ModelSession.open("small", OnnxWriter.toBytes(small), SessionOptions.defaults())) {
      assertThat(session.run(PICTURES.batch(0).inputs())).hasSize(1);
    }
  }

  @Test
  void poolingThatTellsWhereMaximaAreWouldNotFuse() {
    Graph.Builder graph = conv(pictures(), "first", "x", "a", 8, 3, 3, 3);
    graph
        .node(
            Node.of("pool", "MaxPool", List.of("a"), "b", "where")
                .with("kernel_shape", Attribute.ints(2, 2)))
        .output(ValueInfo.batched("where", DType.INT64, 8, 7, 7));
    OnnxModel model = OnnxModel.of(conv(graph, "second", "b", "y", 8, 8, 3, 3).build());
    assertThat(decisions(model, PICTURES).get("pool"))
        .isEqualTo(
            new Keep(KeepReason.WOULD_NOT_FUSE, "with indices, MaxPool is not run on codes"));
  }

  @Test
  void aSmallWeightIsWorthCodesOnlyBesideOthers() {
    OnnxModel alone = OnnxModel.of(conv(pictures(), "only", "x", "y", 7, 3, 3, 3).build());
    assertThat(decisions(alone, PICTURES).get("only"))
        .isEqualTo(
            new Keep(
                KeepReason.CONSTANT_TOO_SMALL,
                "189 < 200 elements, and no codes before it or after it"));
    OnnxModel large = OnnxModel.of(conv(pictures(), "only", "x", "y", 8, 3, 3, 3).build());
    assertThat(decisions(large, PICTURES).get("only")).isInstanceOf(NodeChoice.Static.class);
    Graph.Builder two = conv(pictures(), "first", "x", "a", 2, 3, 3, 3);
    OnnxModel pair = OnnxModel.of(conv(two, "second", "a", "y", 2, 2, 3, 3).build());
    assertThat(decisions(pair, PICTURES).values())
        .allSatisfy(decision -> assertThat(decision).isInstanceOf(NodeChoice.Static.class));
  }

  @ParameterizedTest
  @ValueSource(strings = {"LSTM", "GRU", "RNN"})
  void recurrencesHaveAReasonOfTheirOwn(String operator) {
    int gates = Map.of("LSTM", 4, "GRU", 3, "RNN", 1).get(operator);
    OnnxModel model =
        OnnxModel.of(
            Graph.builder("net")
                .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(1, 6, 16)))
                .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(1, 1, 6, 8)))
                .node(
                    Node.of("steps", operator, List.of("x", "w", "r"), "y")
                        .with("hidden_size", Attribute.of(8)))
                .initializer("w", weight(1, 8L * gates, 16))
                .initializer("r", weight(1, 8L * gates, 8))
                .build());
    assertThat(decisions(model, STEPS).get("steps"))
        .isEqualTo(new Keep(KeepReason.RECURRENT, operator));
  }

  /** No sample was padded: the mask's codes would have the one value 0, and padding none. */
  @ParameterizedTest
  @ValueSource(strings = {"Add", "Mul", "Concat"})
  void aValueThatNeverVariesIsNoCodes(String operator) {
    Node joined = Node.of("join", operator, List.of("a", "mask2"), "b");
    Graph.Builder graph = conv(pictures(), "first", "x", "a", 8, 3, 3, 3);
    graph
        .node(Node.of("zero", "Mul", List.of("x", "none"), "zeros"))
        .node(
            Node.of("mask", "ReduceMax", List.of("zeros"), "mask2").with("axes", Attribute.ints(1)))
        .initializer("none", Tensor.ofFloats(Shape.of(), 0f))
        .node(operator.equals("Concat") ? joined.with("axis", Attribute.of(1)) : joined);
    long inputs = operator.equals("Concat") ? 9 : 8;
    OnnxModel model =
        OnnxModel.of(conv(graph, "second", "b", "y", 8, inputs, 3, 3).build()).withOpset("", 13);
    Map<String, NodeChoice> decisions = decisions(model, PICTURES);
    assertThat(decisions.get("join")).isEqualTo(new Keep(KeepReason.NEVER_VARIES, "mask2"));
    assertThat(decisions.get("first")).isInstanceOf(NodeChoice.Static.class);
  }

  @Test
  void aReluThatLetNothingThroughIsNotAbsorbed() {
    Graph.Builder graph =
        conv(pictures(), "first", "x", "a", 8, 3, 3, 3)
            .node(Node.of("low", "Sub", List.of("a", "much"), "b"))
            .initializer("much", Tensor.ofFloats(Shape.of(), 1000f))
            .node(Node.of("sum", "Add", List.of("a", "b"), "c"))
            .node(Node.of("relu", "Relu", List.of("c"), "r"));
    OnnxModel model = OnnxModel.of(conv(graph, "second", "r", "y", 8, 8, 3, 3).build());
    Map<String, NodeChoice> decisions = decisions(model, PICTURES);
    assertThat(decisions.get("second")).isEqualTo(new Keep(KeepReason.NEVER_VARIES, "r"));
    assertThat(decisions.get("relu")).isInstanceOf(Keep.class);
  }
}
