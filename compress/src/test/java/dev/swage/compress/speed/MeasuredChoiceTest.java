package dev.swage.compress.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.compress.TestPlans;
import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.calibrate.CalibrationListener;
import dev.swage.compress.calibrate.CalibrationOptions;
import dev.swage.compress.calibrate.Calibrator;
import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.qdq.QdqModel;
import dev.swage.compress.qdq.QdqOptions;
import dev.swage.compress.qdq.QdqWriter;
import dev.swage.compress.speed.MixedModel.MixedNode;
import dev.swage.data.DataSource;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.quant.range.MinMaxRange;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class MeasuredChoiceTest {
  private static final DataSource PICTURES = DataSource.open("random:1x4x12x12?n=4", Path.of(""));
  private static final MeasureOptions BRIEF =
      MeasureOptions.defaults().withBudget(Duration.ofMillis(600));

  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(3);
  private final OnnxModel model = network();
  private final Calibration calibration =
      new Calibrator(CalibrationOptions.defaults(), CalibrationListener.NONE)
          .observe("net", model, "", PICTURES);

  private Tensor weight(long... dims) {
    Shape shape = Shape.of(dims);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.3 * random.nextGaussian());
    }
    return Tensor.ofFloats(shape, values);
  }

  private static Node conv(String name, String input, String output) {
    return Node.of(name, "Conv", List.of(input, name + ".w"), output)
        .with("pads", Attribute.ints(1, 1, 1, 1));
  }

  private OnnxModel network() {
    return OnnxModel.of(
        Graph.builder("net")
            .input(ValueInfo.batched("x", DType.FLOAT32, 4, 12, 12))
            .output(ValueInfo.batched("y", DType.FLOAT32, 6))
            .node(conv("stem", "x", "a"))
            .node(Node.of("relu", "Relu", List.of("a"), "r"))
            .node(conv("left", "r", "l"))
            .node(Node.of("sum", "Add", List.of("l", "r"), "s"))
            .node(Node.of("tanh", "Tanh", List.of("s"), "t"))
            .node(conv("right", "t", "q"))
            .node(Node.of("mean", "GlobalAveragePool", List.of("q"), "g"))
            .node(Node.of("flat", "Flatten", List.of("g"), "f"))
            .node(Node.of("classes", "Gemm", List.of("f", "classes.w"), "y"))
            .initializer("stem.w", weight(8, 4, 3, 3))
            .initializer("left.w", weight(8, 8, 3, 3))
            .initializer("right.w", weight(6, 8, 3, 3))
            .initializer("classes.w", weight(6, 6))
            .build());
  }

  private QdqModel quantize(Assignment given) {
    return QdqWriter.write(
        model,
        TestPlans.fixed(model.graph(), calibration, QdqOptions.of(new MinMaxRange()), given));
  }

  @Test
  void choiceIsAPlanAmongThoseTimed() {
    List<String> steps = new ArrayList<>();
    MeasuredChoice choice =
        MeasuredChoice.of(
            model,
            PICTURES.batch(0).inputs(),
            this::quantize,
            BRIEF,
            (what, step, most) -> steps.add(what));
    assertThat(steps.getFirst()).isEqualTo("every node as floats and as codes");
    assertThat(steps.getLast()).isEqualTo("whole models");
    assertThat(choice.nodes())
        .extracting(NodeTiming::node)
        .containsExactly("stem", "left", "right", "mean", "flat", "classes");
    assertThat(choice.nodes())
        .allSatisfy(node ->
            assertThat(node.quantized())
                .isNotEqualTo(choice.given().choice(node.node()).isPresent()));
    assertThat(choice.nodes())
        .filteredOn(node -> node.operator().equals("Conv"))
        .allSatisfy(node -> {
          assertThat(node.floatsMillis()).isPositive();
          assertThat(node.codesMillis()).isPositive();
        });
    assertThat(choice.floatMillis()).isPositive();
    assertThat(choice.candidates()).extracting(Candidate::label).contains("everything as codes");
    QdqModel chosen = quantize(choice.given());
    assertThat(choice.candidates().getFirst().quantized()).isEqualTo(chosen.plan().quantized());
    for (PlannedNode planned : chosen.plan().nodes()) {
      choice
          .given()
          .choice(planned.name())
          .ifPresent(given -> assertThat(planned.choice()).isEqualTo(given));
    }
  }

  /** Two products of the same value, in integers where they are not kept. */
  private MixedModel products(OnnxModel floats, Assignment given) {
    Graph.Builder graph = floats.graph().toBuilder().nodes(List.of());
    graph
        .initializer("left.codes", bytes(Shape.of(64, 64), 1))
        .initializer("right.codes", bytes(Shape.of(64, 64), 2))
        .initializer("zero", bytes(Shape.of(), 0))
        .initializer("scale", Tensor.ofFloats(Shape.of(), 0.01f));
    List<Node> nodes = new ArrayList<>();
    List<MixedNode> mixed = new ArrayList<>();
    if (given.choices().size() < 2) {
      nodes.add(
          Node.of("make", "DynamicQuantizeLinear", List.of("x"), "x.codes", "x.scale", "x.zero"));
      nodes.add(Node.of("factor", "Mul", List.of("x.scale", "scale"), "both"));
    }
    for (Node node : floats.graph().nodes()) {
      boolean coded = given.choice(node.name()).isEmpty();
      String output = node.outputs().getFirst();
      Node written =
          coded
              ? Node.of(
                  node.name(),
                  "MatMulInteger",
                  List.of("x.codes", node.name() + ".codes", "x.zero", "zero"),
                  output + ".sum")
              : node;
      nodes.add(written);
      mixed.add(new MixedNode(node.name(), node, written, coded, Optional.empty()));
      if (coded) {
        nodes.add(
            Node.of("", "Cast", List.of(output + ".sum"), output + ".float")
                .with("to", Attribute.of(1)));
        nodes.add(Node.of("", "Mul", List.of(output + ".float", "both"), output));
      }
    }
    return new MixedModel(floats.withGraph(graph.nodes(nodes).build()), mixed, List.of("x"), false);
  }

  private static Tensor bytes(Shape shape, int value) {
    byte[] values = new byte[Math.toIntExact(shape.elements())];
    Arrays.fill(values, (byte) value);
    return Tensor.of(DType.UINT8, shape, MemorySegment.ofArray(values));
  }

  @Test
  void codesMadeAtEveryRunAreMeasuredToo() {
    OnnxModel floats =
        OnnxModel.of(
            Graph.builder("products")
                .input(ValueInfo.batched("x", DType.FLOAT32, 64))
                .output(ValueInfo.batched("y", DType.FLOAT32, 64))
                .output(ValueInfo.batched("z", DType.FLOAT32, 64))
                .node(Node.of("left", "MatMul", List.of("x", "left.w"), "y"))
                .node(Node.of("right", "MatMul", List.of("x", "right.w"), "z"))
                .initializer("left.w", weight(64, 64))
                .initializer("right.w", weight(64, 64))
                .build());
    MeasuredChoice choice =
        MeasuredChoice.among(
            new MeasuredModel(floats, floats, List.of(weight(32, 64))),
            given -> products(floats, given),
            BRIEF,
            MeasureListener.NONE);
    assertThat(choice.nodes()).extracting(NodeTiming::node).containsExactly("left", "right");
    assertThat(choice.nodes())
        .allSatisfy(node -> {
          assertThat(node.floatsMillis()).isPositive();
          assertThat(node.codesMillis()).isPositive();
        });
    assertThat(choice.candidates().getFirst().quantized()).isBetween(1L, 2L);
  }

  @Test
  void nodesThatAreKeptSayWhatWasMeasured() {
    assertThat(ChoiceSearch.detail(0.0651, 0.21))
        .isEqualTo("0.31x: 0.21 ms as codes, 0.065 ms as floats");
    assertThat(ChoiceSearch.detail(0.3, 0.15))
        .isEqualTo("2.00x, less than conversions cost: 0.15 ms as codes, 0.30 ms as floats");
    assertThat(ChoiceSearch.detail(0, 0.004))
        .isEqualTo("0.00x: 0.004 ms as codes, nothing as floats: the node before it does its work");
  }

  @Test
  void optionsAreChecked() {
    assertThatThrownBy(() -> BRIEF.withBudget(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the budget must be positive, got PT0S");
    assertThatThrownBy(() -> new MeasureOptions(Duration.ofSeconds(1), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("rounds must be at least 1, got 0");
  }
}
