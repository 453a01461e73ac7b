package dev.swage.compress.dynamic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.compress.TestPlans;
import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.ModelSession;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is decided, what is written, and which kernels run it. */
class DynamicPlanTest {
  @TempDir private Path folder;

  private static Tensor weight(long seed, long... dims) {
    Shape shape = Shape.of(dims);
    return Tensor.ofFloats(
        shape, TestFloats.gaussian(Math.toIntExact(shape.elements()), 0.3, seed));
  }

  private static ValueInfo value(String name, long... dims) {
    return ValueInfo.of(name, DType.FLOAT32, Shape.of(dims));
  }

  /** Three products of one activation, one of two activations, a small one, an LSTM, a Conv. */
  private static Graph network() {
    return Graph.builder("net")
        .input(value("x", 6, 16))
        .input(value("s", 5, 1, 16))
        .input(value("p", 1, 16, 9))
        .output(value("y", 6, 6))
        .output(value("h", 5, 1, 1, 12))
        .output(value("c", 1, 8, 7))
        .output(value("t", 6, 3))
        .initializer("wq", weight(1, 16, 24))
        .initializer("wk", weight(2, 16, 24))
        .initializer("ws", weight(3, 16, 3))
        .initializer("w", weight(4, 1, 48, 16))
        .initializer("r", weight(5, 1, 48, 12))
        .initializer("b", weight(6, 1, 96))
        .initializer("wc", weight(7, 8, 16, 3))
        .node(Node.of("q", "MatMul", List.of("x", "wq"), "q"))
        .node(Node.of("k", "MatMul", List.of("x", "wk"), "k"))
        .node(Node.of("kt", "Transpose", List.of("k"), "kt").with("perm", Attribute.ints(1, 0)))
        .node(Node.of("qk", "MatMul", List.of("q", "kt"), "y"))
        .node(Node.of("small", "MatMul", List.of("x", "ws"), "t"))
        .node(
            Node.of("lstm", "LSTM", List.of("s", "w", "r", "b"), "h")
                .with("hidden_size", Attribute.of(12)))
        .node(Node.of("conv", "Conv", List.of("p", "wc"), "c"))
        .build();
  }

  private static KeepReason reason(ModelPlan plan, String name) {
    return ((Keep) TestPlans.choice(plan, name)).reason();
  }

  private List<Tensor> run(OnnxModel model, List<Tensor> inputs) {
    Path file = folder.resolve("run.onnx");
    OnnxWriter.write(model, file);
    try (ModelSession session = ModelSession.open(file)) {
      return session.run(inputs);
    }
  }

  private static double sqnrDb(Tensor expected, Tensor got) {
    double signal = 0;
    double noise = 0;
    for (int i = 0; i < expected.shape().elements(); i++) {
      double difference = expected.getFloat(i) - (double) got.getFloat(i);
      signal += (double) expected.getFloat(i) * expected.getFloat(i);
      noise += difference * difference;
    }
    return 10 * Math.log10(signal / noise);
  }

  @Test
  void everyNodeHasADecision() {
    ModelPlan plan = TestPlans.dynamic(network(), DynamicOptions.standard());
    assertThat(plan.nodes()).hasSize(7);
    assertThat(plan.quantized()).isEqualTo(2);
    assertThat(plan.nodes().getFirst().expectedSqnrDb().orElseThrow()).isBetween(35.0, 60.0);
    assertThat(TestPlans.choice(plan, "qk"))
        .isEqualTo(new Keep(KeepReason.WEIGHT_NOT_CONSTANT, "kt"));
    assertThat(reason(plan, "kt")).isEqualTo(KeepReason.NOT_AT_EVERY_RUN);
    assertThat(reason(plan, "small")).isEqualTo(KeepReason.CONSTANT_TOO_SMALL);
    assertThat(reason(plan, "lstm")).isEqualTo(KeepReason.NOT_STANDARD);
    assertThat(reason(plan, "conv")).isEqualTo(KeepReason.SLOW_AT_EVERY_RUN);
  }

  @Test
  void whatWasDecidedBeforeStays() {
    Keep slow = new Keep(KeepReason.NOT_WORTH_IT, "0.8×");
    ModelPlan plan =
        TestPlans.dynamic(
            network(),
            DynamicOptions.contrib(),
            Assignment.keeping(Map.of("lstm", slow, "k", new Keep(KeepReason.EXCLUDED))));
    assertThat(TestPlans.choice(plan, "lstm")).isEqualTo(slow);
    assertThat(reason(plan, "k")).isEqualTo(KeepReason.EXCLUDED);
    assertThat(plan.quantized()).isEqualTo(1);
  }

  @Test
  void anActivationBecomesCodesOnceForAll() throws IOException {
    for (DynamicForm form : DynamicForm.values()) {
      DynamicOptions options = DynamicOptions.of(form).withConvolutions(true);
      OnnxModel model = OnnxModel.of(network());
      DynamicModel quantized = DynamicWriter.write(model, TestPlans.dynamic(network(), options));
      assertThat(quantized.model().graph().initializers()).doesNotContainKeys("wq", "wk", "wc");
      List<Tensor> inputs = List.of(weight(8, 6, 16), weight(9, 5, 1, 16), weight(10, 1, 16, 9));
      List<Tensor> before = run(model, inputs);
      List<Tensor> after = run(quantized.model(), inputs);
      for (int i = 0; i < 3; i++) {
        assertThat(sqnrDb(before.get(i), after.get(i))).isGreaterThan(25);
      }
      DynamicKernels kernels = DynamicKernels.of(folder.resolve("run.onnx"), quantized);
      assertThat(kernels.operators()).containsEntry("DynamicQuantizeLinear", 2L);
      assertThat(kernels.kernels())
          .containsEntry("q", IntegerKernel.RESCALING)
          .containsEntry("k", IntegerKernel.RESCALING)
          .containsEntry("conv", IntegerKernel.SEPARATE);
      assertThat(kernels.notFused()).containsOnly(Map.entry("conv", IntegerKernel.SEPARATE));
      if (form == DynamicForm.CONTRIB) {
        assertThat(kernels.kernels()).containsEntry("lstm", IntegerKernel.FUSED);
        assertThat(quantized.model().opsets()).containsEntry("com.microsoft", 1L);
      } else {
        assertThat(quantized.model().graph().nodes())
            .allSatisfy(node -> assertThat(node.domain()).isEmpty());
      }
    }
  }

  @Test
  void bothDirectionsOfAnLstmKeepTheirScales() {
    Graph graph =
        Graph.builder("both")
            .input(value("x", 4, 2, 10))
            .output(value("y", 4, 2, 2, 6))
            .initializer("w", weight(1, 2, 24, 10))
            .initializer("r", weight(2, 2, 24, 6))
            .node(
                Node.of("lstm", "LSTM", List.of("x", "w", "r"), "y")
                    .with("hidden_size", Attribute.of(6))
                    .with("direction", Attribute.of("bidirectional")))
            .build();
    DynamicModel quantized =
        DynamicWriter.write(
            OnnxModel.of(graph), TestPlans.dynamic(graph, DynamicOptions.contrib()));
    Map<String, Tensor> stored = quantized.stored().get(GraphPath.MAIN);
    assertThat(stored).extractingByKey("w_quantized").hasToString("INT8[2, 10, 24]");
    assertThat(stored).extractingByKey("w_scale").hasToString("FLOAT32[2, 24]");
    List<Tensor> inputs = List.of(weight(3, 4, 2, 10));
    assertThat(
            sqnrDb(
                run(OnnxModel.of(graph), inputs).getFirst(),
                run(quantized.model(), inputs).getFirst()))
        .isGreaterThan(25);
  }

  /** A branch with a weight of its own under a name that the other uses too, and a shared one. */
  private static Graph branch(long seed) {
    return Graph.builder("branch")
        .initializer("own", weight(seed, 16, 16))
        .node(Node.of("first", "MatMul", List.of("x", "own"), "a"))
        .node(Node.of("second", "MatMul", List.of("a", "shared"), "z"))
        .output(value("z", 3, 16))
        .build();
  }

  @Test
  void branchesComputeWithCodesOfTheirOwnAndOfOuterWeights() throws IOException {
    Graph graph =
        Graph.builder("main")
            .input(ValueInfo.of("c", DType.BOOL, Shape.of()))
            .input(value("x", 3, 16))
            .output(value("y", 3, 16))
            .initializer("shared", weight(1, 16, 16))
            .node(
                Node.of("If_0", "If", List.of("c"), "y")
                    .with("then_branch", Attribute.of(branch(2)))
                    .with("else_branch", Attribute.of(branch(3))))
            .build();
    ModelPlan plan = TestPlans.dynamic(graph, DynamicOptions.standard());
    assertThat(plan.quantized()).isEqualTo(4);
    DynamicModel quantized = DynamicWriter.write(OnnxModel.of(graph), plan);
    Path file = folder.resolve("branches.onnx");
    OnnxWriter.write(quantized.model(), file);
    assertThat(OnnxReader.read(file).graph().initializers())
        .containsOnlyKeys("shared_quantized", "shared_scale");
    assertThat(quantized.stored()).hasSize(3);
    assertThat(DynamicKernels.of(file, quantized).kernels())
        .containsOnlyKeys(
            "If_0/then_branch/first",
            "If_0/then_branch/second",
            "If_0/else_branch/first",
            "If_0/else_branch/second")
        .allSatisfy((name, kernel) -> assertThat(kernel).isEqualTo(IntegerKernel.FUSED));
    for (boolean taken : new boolean[] {true, false}) {
      Tensor condition = Tensor.ofBytes(DType.BOOL, Shape.of(), taken ? 1 : 0);
      List<Tensor> inputs = List.of(condition, weight(4, 3, 16));
      assertThat(
              sqnrDb(
                  run(OnnxModel.of(graph), inputs).getFirst(),
                  run(quantized.model(), inputs).getFirst()))
          .isGreaterThan(30);
    }
  }

  @Test
  void whatCannotBeCarriedOutIsNamed() {
    Graph graph = network();
    ModelPlan plan = TestPlans.dynamic(graph, DynamicOptions.standard());
    Graph other = graph.toBuilder().nodes(graph.nodes().subList(1, 7)).build();
    assertThatThrownBy(() -> DynamicWriter.write(OnnxModel.of(other), plan))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the plan quantizes 'q', which the model has not");
    assertThatThrownBy(() -> DynamicWriter.write(OnnxModel.of(graph).withOpset("", 11), plan))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("dynamic quantization needs operator set 13, got 11; prepare the model first");
    float[] bad = TestFloats.gaussian(16 * 24, 1, 1);
    bad[25] = Float.NaN;
    Graph nan = graph.toBuilder().initializer("wq", Tensor.ofFloats(Shape.of(16, 24), bad)).build();
    assertThatThrownBy(() -> TestPlans.dynamic(nan, DynamicOptions.standard()))
        .isInstanceOf(CompressException.class)
        .hasMessage(
            "weight 'wq' FLOAT32[16, 24]: element 25 is NaN; train again or exclude the weight");
  }
}
