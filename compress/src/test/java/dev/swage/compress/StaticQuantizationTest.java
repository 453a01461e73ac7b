package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.compress.diagnose.TestNetwork;
import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlanDocument;
import dev.swage.compress.plan.PlanFile;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.compress.plan.WeightChoice;
import dev.swage.compress.plan.WeightGrouping;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.data.DataSource;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StaticQuantizationTest {
  private static final DataSource PICTURES = TestNetwork.pictures(16);

  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(3);
  @TempDir private Path folder;

  private static ModelQuantization everything(Set<String> exclude) {
    return ModelQuantization.of(
        QuantizeOptions.of(QuantMode.STATIC).withObjective(Objective.SIZE).excluding(exclude));
  }

  private Tensor weight(double size, long... dims) {
    Shape shape = Shape.of(dims);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (size * random.nextGaussian());
    }
    return Tensor.ofFloats(shape, values);
  }

  /** Two branches, a residual sum, a Concat of Relus, pooling, a classifier, a Softmax. */
  private Path network() {
    Path file = folder.resolve("net.onnx");
    OnnxWriter.write(TestNetwork.model(), file);
    return file;
  }

  private Path write(String name, Graph graph) {
    Path file = folder.resolve(name);
    OnnxWriter.write(OnnxModel.of(graph), file);
    return file;
  }

  private static NodeChoice decision(ModelPlan plan, String node) {
    return plan.nodes().stream()
        .filter(planned -> planned.name().equals(node))
        .map(PlannedNode::choice)
        .findFirst()
        .orElseThrow();
  }

  private static PlannedValue value(ModelPlan plan, String name) {
    return plan.values().stream().filter(v -> v.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void networkRunsInIntegers() {
    Path output = folder.resolve("small.onnx");
    Conversion done = everything(Set.of()).convert(network(), output, QuantizeData.of(PICTURES));
    assertThat(output).isNotEmptyFile();
    assertThat(done.proof().notFused()).isEmpty();
    assertThat(done.proof().kernels().orElseThrow().operators())
        .containsEntry("QLinearConv", 4L)
        .containsEntry("QLinearAdd", 1L)
        .containsEntry("QLinearConcat", 1L)
        .containsEntry("QLinearGlobalAveragePool", 1L)
        .containsEntry("QGemm", 1L)
        .doesNotContainKeys("Relu", "Conv", "FusedConv", "Add", "Concat", "Gemm");
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(30);
    assertThat(OnnxReader.read(output).graph().nodes())
        .allSatisfy(node -> assertThat(node.domain()).isEmpty());
  }

  @Test
  void planSaysWhatHappensToEachNode() {
    ModelPlan plan =
        everything(Set.of())
            .convert(network(), folder.resolve("small.onnx"), QuantizeData.of(PICTURES))
            .planned()
            .plan();
    assertThat(decision(plan, "relu1")).isEqualTo(new NodeChoice.Absorb("stem"));
    assertThat(decision(plan, "relu2")).isEqualTo(new NodeChoice.Absorb("sum"));
    assertThat(decision(plan, "soft"))
        .isEqualTo(new NodeChoice.Keep(KeepReason.NOT_BETWEEN_CODES, ""));
    assertThat(value(plan, "r").codes().zeroPoint()).isZero();
    assertThat(value(plan, "x").codes().zeroPoint()).isBetween(96, 160);
    // MaxPool and Concat hand codes on; the pooled mean is a value of its own.
    assertThat(value(plan, "c").group()).isEqualTo(value(plan, "t").group());
    assertThat(value(plan, "lr").codes()).isEqualTo(value(plan, "t").codes());
    assertThat(value(plan, "g").group()).isEqualTo("g");
    assertThat(plan.values()).extracting(PlannedValue::name).doesNotContain("z", "a", "s", "y");
  }

  @Test
  void signedActivationsAreCarriedByPlanAndFile() {
    ModelQuantization signed =
        ModelQuantization.of(
            QuantizeOptions.of(QuantMode.STATIC)
                .withObjective(Objective.SIZE)
                .withActivationType(ActivationType.INT8));
    Path input = network();
    Path output = folder.resolve("small.onnx");
    ModelPlan plan = signed.plan(input, QuantizeData.of(PICTURES)).plan();
    assertThat(PlanFile.render(plan))
        .contains("codes: int8-asymmetric")
        .doesNotContain("codes: uint8");
    PlanDocument read = PlanFile.parse("plan", PlanFile.render(plan));
    assertThat(read.values())
        .extracting(PlannedValue::codes)
        .isEqualTo(plan.values().stream().map(PlannedValue::codes).toList());
    Conversion done = everything(Set.of()).apply(read, input, output, Optional.of(PICTURES));
    // What was clipped at 0 begins at the smallest code.
    assertThat(value(plan, "r").codes().zeroPoint()).isEqualTo(-128);
    assertThat(OnnxReader.read(output).graph().initializers().get("r_zero_point").dtype())
        .isEqualTo(DType.INT8);
    assertThat(done.proof().kernels().orElseThrow().operators()).containsKey("QLinearConv");
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(30);
  }

  @Test
  void reducedWeightsStayWithin64() {
    Path input = network();
    Path output = folder.resolve("small.onnx");
    Conversion done =
        ModelQuantization.of(
                QuantizeOptions.of(QuantMode.STATIC)
                    .withObjective(Objective.SIZE)
                    .withReducedWeights(true))
            .convert(input, output, QuantizeData.of(PICTURES));
    assertThat(decision(done.planned().plan(), "stem"))
        .isInstanceOf(NodeChoice.Static.class)
        .extracting(NodeChoice::weight)
        .isEqualTo(Optional.of(WeightChoice.parse("int7 per-channel")));
    Map<String, Tensor> stored = OnnxReader.read(output).graph().initializers();
    for (String name : List.of("stem.w", "deep.w", "left.w", "right.w", "classes.w")) {
      assertThat(Codes.largest(stored.get(name + "_quantized"))).as(name).isEqualTo(64);
    }
    assertThat(done.proof().notFused()).isEmpty();
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(28);
    Path again = folder.resolve("again.onnx");
    PlanDocument read = PlanFile.parse("plan", PlanFile.render(done.planned().plan()));
    everything(Set.of()).apply(read, input, again, Optional.of(PICTURES));
    assertThat(again).hasSameBinaryContentAs(output);
  }

  @Test
  void aWeightHasOneScaleWhereThatIsAskedFor() {
    Path output = folder.resolve("small.onnx");
    Conversion done =
        ModelQuantization.of(
                QuantizeOptions.of(QuantMode.STATIC)
                    .withObjective(Objective.SIZE)
                    .withWeights(WeightOptions.int8().withGrouping(WeightGrouping.perTensor())))
            .convert(network(), output, QuantizeData.of(PICTURES));
    assertThat(decision(done.planned().plan(), "stem"))
        .isInstanceOf(NodeChoice.Static.class)
        .extracting(NodeChoice::weight)
        .isEqualTo(Optional.of(WeightChoice.parse("int8 per-tensor")));
    Map<String, Tensor> stored = OnnxReader.read(output).graph().initializers();
    for (String name : List.of("stem.w", "deep.w", "left.w", "right.w", "classes.w")) {
      assertThat(stored.get(name + "_scale").shape().rank()).as(name).isZero();
    }
    assertThat(done.proof().notFused()).isEmpty();
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(28);
  }

  @Test
  void excludedNodesStayFloatAndUnknownOnesAreNamed() {
    Path input = network();
    Path output = folder.resolve("small.onnx");
    Conversion done = everything(Set.of("left")).convert(input, output, QuantizeData.of(PICTURES));
    assertThat(decision(done.planned().plan(), "left"))
        .isEqualTo(new NodeChoice.Keep(KeepReason.EXCLUDED, ""));
    assertThat(done.proof().notFused()).isEmpty();
    // It stands between codes, where ONNX Runtime would quantize its weight itself.
    assertThat(done.proof().kernels().orElseThrow().quantizedByRuntime()).isZero();
    assertThat(done.proof().kernels().orElseThrow().operators()).containsEntry("QLinearConv", 3L);
    assertThatThrownBy(
            () -> everything(Set.of("lft")).convert(input, output, QuantizeData.of(PICTURES)))
        .isInstanceOf(CompressException.class)
        .hasMessage(
            input + ": cannot exclude 'lft': the model has no node, weight or value of that name");
  }

  @Test
  void largeBiasRaisesTheScaleOfItsWeights() {
    Graph graph =
        Graph.builder("bias")
            .input(ValueInfo.batched("x", DType.FLOAT32, 3, 8, 8))
            .output(ValueInfo.batched("y", DType.FLOAT32, 8, 8, 8))
            .node(TestNetwork.conv("c", "x", "y"))
            .initializer("c.w", weight(1e-9, 8, 3, 3, 3))
            .initializer("c.b", Tensor.ofFloats(Shape.of(8), 1000f, -0.5f, 0, 0, 0, 0, 0, 0))
            .build();
    Conversion done =
        everything(Set.of())
            .convert(
                write("bias.onnx", graph), folder.resolve("small.onnx"), QuantizeData.of(PICTURES));
    assertThat(done.proof().notFused()).isEmpty();
    // Without the guard, the bias would saturate at 2^31 steps: some 60, not 1000.
    assertThat(done.proof().fidelity().orElseThrow().outputs().getFirst().maxAbsDiff())
        .isLessThan(3);
  }

  @Test
  void productsOfActivationsAndOfConstantsRunInIntegers() {
    Graph graph =
        Graph.builder("attention")
            .input(ValueInfo.batched("x", DType.FLOAT32, 6, 16))
            .output(ValueInfo.batched("y", DType.FLOAT32, 6, 16))
            .node(Node.of("q", "MatMul", List.of("x", "q.w"), "query"))
            .node(Node.of("k", "MatMul", List.of("x", "k.w"), "key"))
            .node(Node.of("bias", "Add", List.of("key", "k.b"), "biased"))
            .node(
                Node.of("turn", "Transpose", List.of("biased"), "turned")
                    .with("perm", Attribute.ints(0, 2, 1)))
            .node(Node.of("scores", "MatMul", List.of("query", "turned"), "s"))
            .node(Node.of("soft", "Softmax", List.of("s"), "p"))
            .node(Node.of("mix", "MatMul", List.of("p", "biased"), "y"))
            .initializer("q.w", weight(0.2, 16, 16))
            .initializer("k.w", weight(0.2, 16, 16))
            .initializer("k.b", weight(0.1, 16))
            .build();
    Conversion done =
        everything(Set.of())
            .convert(
                write("attention.onnx", graph),
                folder.resolve("small.onnx"),
                QuantizeData.of(DataSource.open("random:1x6x16?n=16", folder)));
    assertThat(done.proof().notFused()).isEmpty();
    assertThat(done.proof().kernels().orElseThrow().operators())
        .doesNotContainKeys("MatMul", "Gemm", "Add");
    PlannedValue probabilities = value(done.planned().plan(), "p");
    assertThat(probabilities.range().min()).isZero();
    assertThat(probabilities.range().max()).isEqualTo(1);
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(20);
  }

  @Test
  void whatMovesValuesMovesCodes() {
    Graph graph =
        Graph.builder("moves")
            .input(ValueInfo.batched("x", DType.FLOAT32, 3, 8, 8))
            .output(ValueInfo.batched("y", DType.FLOAT32, 4, 16, 16))
            .node(TestNetwork.conv("first", "x", "a"))
            .node(
                new Node(
                    "halves",
                    "Split",
                    "",
                    List.of("a", "two"),
                    List.of("l", "r"),
                    Map.of("axis", Attribute.of(1))))
            .initializer("two", Tensor.ofLongs(Shape.of(2), 2, 2))
            .node(
                Node.of("larger", "Resize", List.of("l", "", "twice"), "u")
                    .with("mode", Attribute.of("nearest"))
                    .with("coordinate_transformation_mode", Attribute.of("asymmetric"))
                    .with("nearest_mode", Attribute.of("floor")))
            .node(Node.of("more", "Tile", List.of("r", "both"), "t"))
            .node(TestNetwork.conv("second", "u", "b"))
            .node(TestNetwork.conv("third", "t", "c"))
            .node(Node.of("sum", "Add", List.of("b", "c"), "d"))
            .node(TestNetwork.conv("fourth", "d", "y"))
            .initializer("twice", Tensor.ofFloats(Shape.of(4), 1f, 1f, 2f, 2f))
            .initializer("both", Tensor.ofLongs(Shape.of(4), 1, 1, 2, 2))
            .initializer("first.w", weight(0.3, 4, 3, 3, 3))
            .initializer("first.b", weight(0.1, 4))
            .initializer("second.w", weight(0.3, 4, 2, 3, 3))
            .initializer("second.b", weight(0.1, 4))
            .initializer("third.w", weight(0.3, 4, 2, 3, 3))
            .initializer("third.b", weight(0.1, 4))
            .initializer("fourth.w", weight(0.3, 4, 4, 3, 3))
            .initializer("fourth.b", weight(0.1, 4))
            .build();
    Conversion done =
        everything(Set.of())
            .convert(
                write("moves.onnx", graph),
                folder.resolve("small.onnx"),
                QuantizeData.of(PICTURES));
    assertThat(done.proof().kernels().orElseThrow().operators())
        .containsEntry("QuantizeLinear", 1L)
        .containsEntry("DequantizeLinear", 1L)
        .containsKeys("Split", "Resize", "Tile");
    ModelPlan plan = done.planned().plan();
    assertThat(List.of("l", "r", "u", "t"))
        .allSatisfy(name -> assertThat(value(plan, name).group()).isEqualTo("a"));
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(30);
  }

  @Test
  void nothingIsLeftWhereTheWorkFails() throws IOException {
    Path input = network();
    assertThatThrownBy(() -> everything(Set.of()).convert(input, input, QuantizeData.of(PICTURES)))
        .isInstanceOf(CompressException.class)
        .hasMessageContaining("the output is the input");
    Graph sigmoid =
        Graph.builder("none")
            .input(ValueInfo.batched("x", DType.FLOAT32, 4))
            .output(ValueInfo.batched("y", DType.FLOAT32, 4))
            .node(Node.of("n", "Sigmoid", List.of("x"), "y"))
            .build();
    Path none = write("none.onnx", sigmoid);
    Path output = folder.resolve("small.onnx");
    DataSource rows = DataSource.open("random:1x4?n=4", folder);
    assertThatThrownBy(() -> everything(Set.of()).convert(none, output, QuantizeData.of(rows)))
        .isInstanceOf(CompressException.class)
        .hasMessage(
            none
                + ": no node can be quantized: 1 × no quantized node before it and after it: it would gain nothing");
    try (Stream<Path> files = Files.list(folder)) {
      List<String> names = new ArrayList<>();
      files.forEach(file -> names.add(String.valueOf(file.getFileName())));
      assertThat(names).containsExactlyInAnyOrder("net.onnx", "none.onnx");
    }
  }
}
