package dev.swage.compress.qdq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.TestPlans;
import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.diagnose.TestNetwork;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.data.DataSource;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.quant.range.MinMaxRange;
import dev.swage.quant.range.Range;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** A plan that was changed by hand is carried out as it stands. */
class EditedPlanTest {
  private static final DataSource PICTURES = DataSource.open("random:1x3x8x8?n=4", Path.of(""));

  private final OnnxModel model = OnnxModel.of(network());
  private final ModelPlan plan =
      TestPlans.fixed(network(), observed(), QdqOptions.of(new MinMaxRange()));

  private static Tensor weight(long... dims) {
    Shape shape = Shape.of(dims);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(1 + 0.7 * i);
    }
    return Tensor.ofFloats(shape, values);
  }

  /** Conv, Relu, Conv, Relu, Conv. */
  private static Graph network() {
    Graph.Builder graph =
        Graph.builder("net")
            .input(ValueInfo.batched("x", DType.FLOAT32, 3, 8, 8))
            .output(ValueInfo.batched("y", DType.FLOAT32, 4, 8, 8));
    conv(graph, "first", "x", "a", 3);
    graph.node(Node.of("relu1", "Relu", List.of("a"), "r"));
    conv(graph, "second", "r", "b", 4);
    graph.node(Node.of("relu2", "Relu", List.of("b"), "s"));
    conv(graph, "third", "s", "y", 4);
    return graph.build();
  }

  private static void conv(Graph.Builder graph, String name, String x, String y, int channels) {
    graph
        .node(
            Node.of(name, "Conv", List.of(x, name + ".w"), y)
                .with("pads", Attribute.ints(1, 1, 1, 1)))
        .initializer(name + ".w", weight(4, channels, 3, 3));
  }

  private Calibration observed() {
    return TestNetwork.observe(model, PICTURES);
  }

  private ModelPlan keeping(String node) {
    return TestPlans.with(plan, Map.of(node, new Keep(KeepReason.EXCLUDED)));
  }

  private static float[] run(OnnxModel any) {
    try (ModelSession session =
        ModelSession.open("m", OnnxWriter.toBytes(any), SessionOptions.defaults())) {
      return session.run(PICTURES.batch(0).inputs()).getFirst().toFloats();
    }
  }

  private double error(QdqModel quantized) {
    float[] exact = run(model);
    float[] coded = run(quantized.model());
    double noise = 0;
    double signal = 0;
    for (int i = 0; i < exact.length; i++) {
      noise += Math.pow(coded[i] - exact[i], 2);
      signal += Math.pow(exact[i], 2);
    }
    return Math.sqrt(noise / signal);
  }

  private static long count(QdqModel quantized, String opType) {
    return quantized.model().graph().nodes().stream().filter(node -> node.is(opType)).count();
  }

  @Test
  void asPlannedEveryReluIsAbsorbed() {
    QdqModel quantized = QdqWriter.write(model, plan);
    assertThat(count(quantized, "Relu")).isZero();
    assertThat(count(quantized, "QuantizeLinear")).isEqualTo(4);
    assertThat(error(quantized)).isLessThan(0.02);
  }

  @Test
  void theReluOfAKeptNodeIsWrittenAgain() {
    QdqModel quantized = QdqWriter.write(model, keeping("second"));
    assertThat(count(quantized, "Relu")).isEqualTo(1);
    assertThat(quantized.model().graph().initializers()).containsKey("second.w");
    assertThat(quantized.written()).containsOnlyKeys("first", "third");
    assertThat(error(quantized)).isLessThan(0.02);
  }

  @Test
  void codesThatNobodyWantsAnyMoreAreLeftOut() {
    QdqModel quantized = QdqWriter.write(model, keeping("third"));
    assertThat(count(quantized, "QuantizeLinear")).isEqualTo(3);
    assertThat(plan.values()).extracting(PlannedValue::name).contains("y");
    Node last = quantized.model().graph().nodes().getLast();
    assertThat(last.opType()).isEqualTo("Conv");
    assertThat(last.input(1)).isEqualTo("third.w");
    assertThat(last.outputs()).containsExactly("y");
  }

  @Test
  void anotherRangeIsTheRangeWritten() {
    PlannedValue first =
        plan.values().stream().filter(v -> v.name().equals("r")).findFirst().orElseThrow();
    float half = first.range().max() / 2;
    PlannedValue narrower =
        new PlannedValue(
            "r",
            new Range(0, half),
            first.scheme(),
            ScaleZeroPoint.of(0, half, first.scheme()),
            "r",
            0);
    List<PlannedValue> values =
        plan.values().stream().map(v -> v.name().equals("r") ? narrower : v).toList();
    QdqModel quantized = QdqWriter.write(model, TestPlans.of(plan.nodes(), values));
    assertThat(quantized.stored().get("r_scale").getFloat(0))
        .isCloseTo(first.codes().scale() / 2, Offset.offset(1e-6f));
    assertThat(error(quantized)).isBetween(0.02, 0.5);
  }

  @Test
  void aPlanSaysWhichWeightsAreCoded() {
    assertThat(plan.nodes())
        .filteredOn(planned -> planned.choice() instanceof NodeChoice.Static)
        .extracting(PlannedNode::name)
        .containsExactly("first", "second", "third");
  }
}
