package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelHash;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlanDocument;
import dev.swage.compress.plan.PlanDocument.Way;
import dev.swage.compress.plan.PlanDocument.Wish;
import dev.swage.compress.plan.PlanFile;
import dev.swage.compress.plan.PlanForm;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.WeightChoice;
import dev.swage.compress.plan.WeightGrouping;
import dev.swage.compress.proof.Proof.Depth;
import dev.swage.compress.proof.ProofOptions;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.data.DataSource;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.ModelFile;
import dev.swage.run.OutputKind;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ModelQuantizationTest {
  private static final DataSource PICTURES = DataSource.open("random:1x3x8x8?n=16", Path.of(""));
  private static final QuantizeData DATA = QuantizeData.of(PICTURES);

  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(5);
  @TempDir private Path folder;
  private Path model = Path.of("");
  private Path output = Path.of("");

  private static ModelQuantization small(QuantMode mode) {
    return ModelQuantization.of(QuantizeOptions.of(mode).withObjective(Objective.SIZE));
  }

  private Tensor weight(long... dims) {
    Shape shape = Shape.of(dims);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.3 * random.nextGaussian());
    }
    return Tensor.ofFloats(shape, values);
  }

  /** Two convolutions with a Relu between them, and a classifier. */
  @BeforeEach
  void writeModel() {
    Graph graph =
        Graph.builder("net")
            .input(ValueInfo.batched("x", DType.FLOAT32, 3, 8, 8))
            .output(ValueInfo.batched("y", DType.FLOAT32, 10))
            .initializer("w1", weight(8, 3, 3, 3))
            .initializer("b1", weight(8))
            .initializer("w2", weight(8, 8, 3, 3))
            .initializer("b2", weight(8))
            .initializer("w3", weight(128, 10))
            .initializer("b3", weight(10))
            .node(Node.of("first", "Conv", List.of("x", "w1", "b1"), "c1"))
            .node(Node.of("relu", "Relu", List.of("c1"), "r1"))
            .node(Node.of("second", "Conv", List.of("r1", "w2", "b2"), "c2"))
            .node(Node.of("flat", "Flatten", List.of("c2"), "f"))
            .node(Node.of("classify", "Gemm", List.of("f", "w3", "b3"), "y"))
            .build();
    model = folder.resolve("net.onnx");
    output = folder.resolve("small.onnx");
    OnnxWriter.write(OnnxModel.of(graph).withOpset("", 13), model);
  }

  private static Wish wish(Way way, String weight) {
    return new Wish.Quantize(way, Optional.of(WeightChoice.parse(weight)));
  }

  private static Map<String, NodeChoice> choices(ModelPlan plan) {
    return plan.nodes().stream()
        .collect(java.util.stream.Collectors.toMap(PlannedNode::name, PlannedNode::choice));
  }

  @Test
  void aPlanThatWasStoredGivesTheSameFile() throws IOException {
    PlannedModel planned = small(QuantMode.STATIC).plan(model, DATA);
    Path yaml = folder.resolve("plan.yaml");
    PlanFile.write(yaml, planned.plan());
    Conversion direct = small(QuantMode.STATIC).convert(model, output, DATA);
    Path again = folder.resolve("again.onnx");
    Conversion stored =
        small(QuantMode.STATIC).apply(PlanFile.read(yaml), model, again, Optional.of(PICTURES));
    assertThat(again).hasSameBinaryContentAs(output);
    assertThat(stored.proof().notFused()).isEmpty();
    assertThat(direct.proof().leastSqnrDb().orElseThrow()).isGreaterThan(25);
    assertThat(stored.proof().fidelity()).isEqualTo(direct.proof().fidelity());
  }

  /** Written down as it was before the plan was one for all modes. */
  @Test
  void aPlanOfTheLastVersionIsCarriedOut() throws IOException {
    String text =
        """
        schema: swage.plan/1
        model: {path: net.onnx, sha256: HASH}
        opset: 13
        objective: size
        form: qdq
        range: min-max
        weight-range: min-max
        nodes:
          - {node: first, operator: Conv, quantize: static, weight: int8 per-channel, expected-db: 41.20}
          - {node: relu, operator: Relu, absorb: first}
          - {node: second, operator: Conv, keep: too-sensitive, detail: \"12.0 dB\"}
          - {node: flat, operator: Flatten, keep: not-between-codes}
          - {node: classify, operator: Gemm, quantize: weight-only, weight: int4 group 32}
        values:
          - {value: x, min: -4.0, max: 4.0, codes: uint8, group: x, expected-db: 53.10}
          - {value: r1, min: 0.0, max: 8.0, codes: uint8, group: r1, expected-db: 50.00}
        """
            .replace("HASH", ModelHash.of(ModelFile.read(model)).digits());
    Path yaml = Files.writeString(folder.resolve("last.yaml"), text);
    Conversion made =
        small(QuantMode.MIXED).apply(PlanFile.read(yaml), model, output, Optional.of(PICTURES));
    assertThat(choices(made.planned().plan()))
        .extractingByKeys("first", "relu", "second", "flat", "classify")
        .extracting(NodeChoice::label)
        .containsExactly("static", "absorb", "keep", "keep", "weight-only");
    assertThat(made.proof().leastSqnrDb().orElseThrow()).isGreaterThan(10);
  }

  static Stream<Arguments> endings() {
    return Stream.of("Gemm", "Softmax", "LogSoftmax", "Sigmoid", "Relu", "Tanh")
        .flatMap(end ->
            Stream.of(QuantMode.values())
                .flatMap(mode ->
                    Stream.of(PlanForm.values())
                        .filter(form -> form != PlanForm.QOPERATOR || mode == QuantMode.STATIC)
                        .map(form -> Arguments.of(end, mode, form))));
  }

  /** Whatever operator a quantized file ends in. */
  @ParameterizedTest
  @MethodSource("endings")
  void aQuantizedFileIsScoredAsItsSourceIs(String end, QuantMode mode, PlanForm form) {
    OnnxModel source = OnnxReader.read(model);
    Graph.Builder graph = source.graph().toBuilder();
    if (!end.equals("Gemm")) {
      graph
          .outputs(List.of(ValueInfo.batched("z", DType.FLOAT32, 10)))
          .node(Node.of("end", end, List.of("y"), "z"));
    }
    OnnxModel ending = source.withGraph(graph.build());
    OnnxWriter.write(ending, model);
    ModelQuantization.of(QuantizeOptions.of(mode).withObjective(Objective.SIZE).withForm(form))
        .convert(model, output, DATA);
    OnnxModel written = OnnxReader.read(output);
    assertThat(OutputKind.of(written)).isEqualTo(OutputKind.of(ending));
    // Without what the file says of itself, the kind may be unknown, but not another one.
    assertThat(OutputKind.of(written.graph())).isIn(OutputKind.of(ending), OutputKind.UNKNOWN);
  }

  /** ONNX Runtime has operators of its own for products only. */
  @Test
  void whatTheContribFormHasNoOperatorForBecomesCodesInTheStandardForm() {
    WeightOptions groups = WeightOptions.int4().withGrouping(WeightGrouping.groups(16));
    Conversion done =
        ModelQuantization.of(
                QuantizeOptions.of(QuantMode.WEIGHT_ONLY)
                    .withObjective(Objective.SIZE)
                    .withForm(PlanForm.CONTRIB)
                    .withWeights(groups))
            .convert(model, output, QuantizeData.none());
    assertThat(choices(done.planned().plan()))
        .extractingByKeys("first", "second", "classify")
        .allSatisfy(choice -> assertThat(choice).isInstanceOf(NodeChoice.WeightOnly.class));
    Graph graph = OnnxReader.read(output).graph();
    assertThat(graph.initializers()).doesNotContainKeys("w1", "w2", "w3");
    assertThat(graph.nodes()).filteredOn(node -> node.is("DequantizeLinear")).hasSize(2);
    assertThat(graph.nodes()).filteredOn(node -> node.opType().equals("MatMulNBits")).hasSize(1);
  }

  /** Codes that MatMulNBits does not take stand in the standard form, in the set that needs. */
  @Test
  void anEditedPlanRaisesTheOperatorSetAsFarAsItsCodesNeed() {
    ModelQuantization contrib =
        ModelQuantization.of(
            QuantizeOptions.of(QuantMode.WEIGHT_ONLY)
                .withObjective(Objective.SIZE)
                .withForm(PlanForm.CONTRIB)
                .withWeights(
                    WeightOptions.int8()
                        .withGrouping(WeightGrouping.groups(32))
                        .excluding(Set.of("first", "second"))));
    ModelPlan plan = contrib.plan(model, QuantizeData.none()).plan();
    contrib.apply(plan, model, output, Optional.empty());
    assertThat(OnnxReader.read(output).opset()).isEqualTo(plan.opset());
    for (String other : List.of("int4 per-channel", "int3 group 32")) {
      PlanDocument edited =
          PlanDocument.of(plan).with(Map.of("classify", wish(Way.WEIGHT_ONLY, other)));
      Conversion done = contrib.apply(edited, model, output, Optional.empty());
      assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(10);
      assertThat(OnnxReader.read(output).opset()).isEqualTo(21);
    }
  }

  @Test
  void aNodeThatAPersonKeepsIsKeptAndItsReluComesBack() {
    ModelPlan plan = small(QuantMode.STATIC).plan(model, DATA).plan();
    assertThat(choices(plan).get("relu")).isEqualTo(new NodeChoice.Absorb("first"));
    PlanDocument edited =
        PlanDocument.of(plan)
            .with(Map.of("first", new Wish.Keep(new Keep(KeepReason.EXCLUDED, "by hand"))));
    Conversion done = small(QuantMode.STATIC).apply(edited, model, output, Optional.of(PICTURES));
    assertThat(choices(done.planned().plan()).get("relu"))
        .isEqualTo(new NodeChoice.Keep(KeepReason.NOT_BETWEEN_CODES, ""));
    Graph graph = OnnxReader.read(output).graph();
    assertThat(graph.nodes()).anyMatch(node -> node.is("Relu"));
    assertThat(graph.initializers()).containsKey("w1");
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(25);
  }

  @Test
  void plansOfOtherModelsAndUnknownNodesAreRefused() throws IOException {
    ModelPlan plan = small(QuantMode.STATIC).plan(model, DATA).plan();
    Path other = folder.resolve("other.onnx");
    OnnxWriter.write(OnnxReader.read(model).withMetadata("a", "b"), other);
    assertThatThrownBy(
            () -> small(QuantMode.STATIC).apply(plan, other, output, Optional.of(PICTURES)))
        .isInstanceOf(CompressException.class)
        .hasMessageContaining("the plan was made for " + model)
        .hasMessageContaining("not for " + other)
        .hasMessageEndingWith("plan again");
    String renamed = PlanFile.render(plan).replace("node: second", "node: secnd");
    assertThatThrownBy(() ->
            small(QuantMode.STATIC)
                .apply(PlanFile.parse("p", renamed), model, output, Optional.of(PICTURES)))
        .isInstanceOf(CompressException.class)
        .hasMessage(
            "the plan names node 'secnd', which the prepared %s lacks; did you mean 'second'?",
            model);
    assertThat(output).doesNotExist();
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("net.onnx", "other.onnx");
    }
  }

  @Test
  void whatIsExcludedMustBeThere() {
    ModelQuantization quantization =
        ModelQuantization.of(
            QuantizeOptions.of(QuantMode.STATIC).excluding(Set.of("second", "nobody")));
    assertThatThrownBy(() -> quantization.plan(model, DATA))
        .isInstanceOf(CompressException.class)
        .hasMessage(
            model
                + ": cannot exclude 'nobody': the model has no node, weight or value of that name");
    assertThatThrownBy(() -> small(QuantMode.STATIC).plan(model, QuantizeData.none()))
        .isInstanceOf(CompressException.class)
        .hasMessageContaining("needs calibration data");
  }

  @Test
  void aNodeCalledLikeTheOutputOfAnotherIsToldApart() {
    Graph graph = OnnxReader.read(model).graph();
    Map<String, String> names = Map.of("relu", "", "second", "r1");
    List<Node> nodes =
        graph.nodes().stream()
            .map(node ->
                new Node(
                    names.getOrDefault(node.name(), node.name()),
                    node.opType(),
                    node.domain(),
                    node.inputs(),
                    node.outputs(),
                    node.attributes()))
            .toList();
    OnnxWriter.write(OnnxModel.of(graph.toBuilder().nodes(nodes).build()).withOpset("", 13), model);
    ModelPlan plan = small(QuantMode.STATIC).plan(model, DATA).plan();
    assertThat(plan.nodes())
        .extracting(PlannedNode::name)
        .containsExactly("first", "r1", "r1_2", "flat", "classify");
    Conversion done = small(QuantMode.STATIC).apply(plan, model, output, Optional.of(PICTURES));
    assertThat(done.proof().notFused()).isEmpty();
  }

  @Test
  void modesMixByNodeAndWidth() throws IOException {
    ModelPlan mixed = small(QuantMode.MIXED).plan(model, DATA).plan();
    assertThat(choices(mixed).get("classify")).isInstanceOf(NodeChoice.Static.class);
    PlanDocument edited =
        PlanDocument.of(mixed)
            .with(
                Map.of(
                    "classify", wish(Way.WEIGHT_ONLY, "int4 group 32"),
                    "second", wish(Way.WEIGHT_ONLY, "int8 per-channel")));
    Path yaml = folder.resolve("plan.yaml");
    Files.writeString(yaml, PlanFile.render(edited));
    Conversion done =
        small(QuantMode.MIXED).apply(PlanFile.read(yaml), model, output, Optional.of(PICTURES));
    OnnxModel written = OnnxReader.read(output);
    assertThat(written.opset()).isEqualTo(21);
    assertThat(written.graph().initializers().get("w3_quantized").dtype()).isEqualTo(DType.INT4);
    assertThat(written.graph().initializers().get("w2_quantized").dtype()).isEqualTo(DType.INT8);
    assertThat(done.proof().kernels().orElseThrow().operators()).containsKey("QLinearConv");
    assertThat(done.proof().notFused()).isEmpty();
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(15);
  }

  @Test
  void weightsAloneNeedNoData() {
    Conversion done =
        ModelQuantization.of(
                QuantizeOptions.of(QuantMode.WEIGHT_ONLY)
                    .withProof(ProofOptions.of(Depth.EVERYTHING)))
            .convert(model, output, QuantizeData.none());
    assertThat(choices(done.planned().plan()).get("relu"))
        .isEqualTo(new NodeChoice.Keep(KeepReason.NO_WEIGHT));
    assertThat(done.planned().plan().quantized()).isEqualTo(3);
    assertThat(done.proof().tensors()).isEqualTo(6);
    assertThat(done.proof().layers())
        .filteredOn(layer -> List.of("first", "second", "classify").contains(layer.node()))
        .hasSize(3)
        .allSatisfy(layer -> assertThat(layer.isolatedDb()).isBetween(30.0, 70.0));
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(30);
    assertThat(done.sizeRatio()).isLessThan(1);
  }

  /** For speed, the shuffle goes into the convolution before it: a plan says what it is for. */
  @Test
  void aPlanIsCarriedOutOnTheGraphItWasMadeFor() {
    Graph graph =
        OnnxReader.read(model).graph().toBuilder()
            .nodes(
                List.of(
                    Node.of("first", "Conv", List.of("x", "w1", "b1"), "c1")
                        .with("group", Attribute.of(3)),
                    Node.of("relu", "Relu", List.of("c1"), "r1"),
                    Node.of("shuffle", "Gather", List.of("r1", "order"), "s")
                        .with("axis", Attribute.of(1)),
                    Node.of("second", "Conv", List.of("s", "w2", "b2"), "c2"),
                    Node.of("flat", "Flatten", List.of("c2"), "f"),
                    Node.of("classify", "Gemm", List.of("f", "w3", "b3"), "y")))
            .initializer("order", Tensor.ofLongs(Shape.of(9), 0, 3, 6, 1, 4, 7, 2, 5, 8))
            .initializer("w1", weight(9, 1, 3, 3))
            .initializer("b1", weight(9))
            .initializer("w2", weight(8, 9, 3, 3))
            .build();
    OnnxWriter.write(OnnxModel.of(graph).withOpset("", 13), model);
    ModelPlan size = small(QuantMode.STATIC).plan(model, DATA).plan();
    assertThat(choices(size)).containsKey("shuffle");
    PlanDocument speed =
        new PlanDocument(
            size.model(),
            size.hash().digits(),
            size.opset(),
            Objective.SPEED,
            size.form(),
            size.range(),
            size.weightRange(),
            PlanDocument.of(size).nodes().stream()
                .filter(entry -> !entry.node().equals("shuffle"))
                .toList(),
            size.values().stream().filter(value -> !value.name().equals("r1")).toList());
    Conversion done = small(QuantMode.STATIC).apply(speed, model, output, Optional.of(PICTURES));
    assertThat(done.proof().notFused()).isEmpty();
    assertThat(done.proof().kernels().orElseThrow().operators())
        .containsEntry("QLinearConv", 2L)
        .doesNotContainKeys("Gather", "Relu", "Conv");
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(25);
    assertThat(
            small(QuantMode.STATIC)
                .apply(size, model, output, Optional.of(PICTURES))
                .proof()
                .kernels()
                .orElseThrow()
                .operators())
        .containsKey("Gather");
  }

  @Test
  void aNormalizationBeforeAReluRunsInIntegersFromAPlanToo() {
    float[] ones = new float[16];
    Arrays.fill(ones, 1);
    Graph graph =
        OnnxReader.read(model).graph().toBuilder()
            .nodes(
                List.of(
                    Node.of("first", "Conv", List.of("x", "w1", "b1"), "c1"),
                    Node.of("twice", "Concat", List.of("c1", "c1"), "t")
                        .with("axis", Attribute.of(1)),
                    Node.of("norm", "BatchNormalization", List.of("t", "g", "b", "m", "v"), "n"),
                    Node.of("relu", "Relu", List.of("n"), "r1"),
                    Node.of("second", "Conv", List.of("r1", "w2", "b2"), "c2"),
                    Node.of("flat", "Flatten", List.of("c2"), "f"),
                    Node.of("classify", "Gemm", List.of("f", "w3", "b3"), "y")))
            .initializer("w2", weight(8, 16, 3, 3))
            .initializer("g", weight(16))
            .initializer("b", weight(16))
            .initializer("m", weight(16))
            .initializer("v", Tensor.ofFloats(Shape.of(16), ones))
            .build();
    OnnxWriter.write(OnnxModel.of(graph).withOpset("", 13), model);
    ModelPlan plan = small(QuantMode.STATIC).plan(model, DATA).plan();
    Conversion done =
        small(QuantMode.STATIC)
            .apply(
                PlanFile.parse("p", PlanFile.render(plan)), model, output, Optional.of(PICTURES));
    assertThat(done.proof().notFused()).isEmpty();
    assertThat(done.proof().kernels().orElseThrow().operators())
        .containsEntry("QLinearConv", 3L)
        .doesNotContainKeys("BatchNormalization", "Relu", "Conv");
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(25);
  }

  @Test
  void dynamicNodesStandBesideWeightsAlone() {
    Conversion done = small(QuantMode.DYNAMIC).convert(model, output, QuantizeData.none());
    Map<String, NodeChoice> choices = choices(done.planned().plan());
    assertThat(choices.get("classify")).isInstanceOf(NodeChoice.Dynamic.class);
    assertThat(choices.get("first")).isInstanceOf(NodeChoice.WeightOnly.class);
    assertThat(done.proof().notFused()).isEmpty();
    assertThat(done.proof().kernels().orElseThrow().operators())
        .containsKey("DynamicQuantizeMatMul");
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(25);
    PlanDocument edited =
        PlanDocument.of(done.planned().plan())
            .with(Map.of("relu", wish(Way.DYNAMIC, "int8 per-channel")));
    assertThatThrownBy(
            () -> small(QuantMode.DYNAMIC).apply(edited, model, output, Optional.empty()))
        .isInstanceOf(CompressException.class)
        .hasMessageStartingWith("the plan has node 'relu' (Relu) dynamic: ");
  }

  @Test
  void dynamicWeightsHaveOneScaleWhereThatIsAskedFor() {
    ModelQuantization perTensor =
        ModelQuantization.of(
            QuantizeOptions.of(QuantMode.DYNAMIC)
                .withObjective(Objective.SIZE)
                .withWeights(WeightOptions.int8().withGrouping(WeightGrouping.perTensor())));
    ModelPlan plan = perTensor.convert(model, output, QuantizeData.none()).planned().plan();
    Map<String, NodeChoice> choices = choices(plan);
    WeightChoice one = WeightChoice.parse("int8 per-tensor");
    assertThat(choices.get("classify"))
        .isInstanceOf(NodeChoice.Dynamic.class)
        .extracting(NodeChoice::weight)
        .isEqualTo(Optional.of(one));
    assertThat(choices.get("first"))
        .isInstanceOf(NodeChoice.WeightOnly.class)
        .extracting(NodeChoice::weight)
        .isEqualTo(Optional.of(one));
    assertThat(
            OnnxReader.read(output).graph().initializers().entrySet().stream()
                .filter(weight -> weight.getKey().endsWith("_scale"))
                .map(weight -> weight.getValue().shape().elements()))
        .isNotEmpty()
        .allMatch(scales -> scales == 1);
    Path again = folder.resolve("again.onnx");
    PlanDocument read = PlanFile.parse("plan", PlanFile.render(plan));
    small(QuantMode.DYNAMIC).apply(read, model, again, Optional.empty());
    assertThat(again).hasSameBinaryContentAs(output);
    PlanDocument grouped =
        PlanDocument.of(plan).with(Map.of("classify", wish(Way.DYNAMIC, "int8 group 32")));
    assertThatThrownBy(
            () -> small(QuantMode.DYNAMIC).apply(grouped, model, again, Optional.empty()))
        .isInstanceOf(CompressException.class)
        .hasMessage(
            "the plan has int8 group 32 for node 'classify'; weights of dynamic nodes are int8"
                + " per-channel, of MatMul, Gemm and LSTM int7 too, of MatMul, Gemm and Conv"
                + " per-tensor too");
  }

  @Test
  void dynamicWeightsStayWithin64WhereThatIsAskedFor() {
    Conversion done =
        ModelQuantization.of(
                QuantizeOptions.of(QuantMode.DYNAMIC)
                    .withObjective(Objective.SIZE)
                    .withReducedWeights(true))
            .convert(model, output, QuantizeData.none());
    ModelPlan plan = done.planned().plan();
    assertThat(choices(plan).get("classify"))
        .isInstanceOf(NodeChoice.Dynamic.class)
        .extracting(NodeChoice::weight)
        .isEqualTo(Optional.of(WeightChoice.parse("int7 per-channel")));
    Tensor codes = OnnxReader.read(output).graph().initializers().get("w3_quantized");
    assertThat(Codes.largest(codes)).isEqualTo(64);
    assertThat(done.proof().kernels().orElseThrow().operators())
        .containsKey("DynamicQuantizeMatMul");
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(25);
    Path again = folder.resolve("again.onnx");
    PlanDocument read = PlanFile.parse("plan", PlanFile.render(plan));
    small(QuantMode.DYNAMIC).apply(read, model, again, Optional.empty());
    assertThat(again).hasSameBinaryContentAs(output);
  }
}
