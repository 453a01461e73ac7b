package dev.swage.compress.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.compress.Conversion;
import dev.swage.compress.ModelQuantization;
import dev.swage.compress.QuantMode;
import dev.swage.compress.QuantizeData;
import dev.swage.compress.QuantizeOptions;
import dev.swage.compress.TestPlans;
import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlanFile;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedWeight;
import dev.swage.compress.proof.Proof;
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
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.onnx.RandomWeights;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes that share a weight agree on its codes, and plan, account and file say the same. */
class SharedWeightsTest {
  @TempDir private Path folder;

  /** Node A, then B with the same weight, then one with a weight of its own. */
  private static Graph graph(String operator) {
    Graph.Builder graph =
        Graph.builder("shared")
            .initializer("own", RandomWeights.of(2, 32, 32))
            .initializer("w", weight(operator));
    return switch (operator) {
      case "MatMul" ->
          graph
              .input(ValueInfo.batched("x", DType.FLOAT32, 32))
              .output(ValueInfo.batched("y", DType.FLOAT32, 32))
              .node(Node.of("A", "MatMul", List.of("x", "w"), "a"))
              .node(Node.of("B", "MatMul", List.of("a", "w"), "b"))
              .node(Node.of("last", "MatMul", List.of("b", "own"), "y"))
              .build();
      case "Gemm" ->
          graph
              .input(ValueInfo.batched("x", DType.FLOAT32, 32))
              .output(ValueInfo.batched("y", DType.FLOAT32, 32))
              .node(Node.of("A", "Gemm", List.of("x", "w"), "a").with("transB", Attribute.of(1)))
              .node(Node.of("B", "Gemm", List.of("a", "w"), "b").with("transB", Attribute.of(1)))
              .node(Node.of("last", "MatMul", List.of("b", "own"), "y"))
              .build();
      case "Conv" ->
          graph
              .input(ValueInfo.batched("x", DType.FLOAT32, 8, 6, 6))
              .output(ValueInfo.batched("y", DType.FLOAT32, 8, 6, 32))
              .initializer("wide", RandomWeights.of(3, 6, 32))
              .node(conv("A", "x", "a"))
              .node(conv("B", "a", "b"))
              .node(Node.of("last", "MatMul", List.of("b", "wide"), "y"))
              .build();
      default ->
          graph
              .input(ValueInfo.of("i", DType.INT64, Shape.of(3)))
              .input(ValueInfo.of("j", DType.INT64, Shape.of(3)))
              .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(3, 32)))
              .node(Node.of("A", "Gather", List.of("w", "i"), "a"))
              .node(Node.of("B", "Gather", List.of("w", "j"), "b"))
              .node(Node.of("sum", "Add", List.of("a", "b"), "s"))
              .node(Node.of("last", "MatMul", List.of("s", "own"), "y"))
              .build();
    };
  }

  private static Tensor weight(String operator) {
    return operator.equals("Conv") ? RandomWeights.of(1, 8, 8, 3, 3) : RandomWeights.of(1, 32, 32);
  }

  private static Node conv(String name, String x, String y) {
    return Node.of(name, "Conv", List.of(x, "w"), y).with("pads", Attribute.ints(1, 1, 1, 1));
  }

  private Path write(Graph graph) {
    Path file = folder.resolve("net.onnx");
    OnnxWriter.write(OnnxModel.of(graph).withOpset("", 13), file);
    return file;
  }

  private static QuantizeOptions options(QuantMode mode) {
    return QuantizeOptions.of(mode).withObjective(Objective.SIZE);
  }

  private static PlannedWeight account(ModelPlan plan, String name) {
    return plan.weights().stream()
        .filter(weight -> weight.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "MatMul, 8",
    "MatMul, 4",
    "Gemm, 8",
    "Gemm, 4",
    "Conv, 8",
    "Conv, 4",
    "Gather, 8",
    "Gather, 4"
  })
  void aNodeThatIsExcludedKeepsTheWeightForAllWhoReadIt(String operator, int bits) {
    Path input = write(graph(operator));
    Path output = folder.resolve("small.onnx");
    WeightOptions weights = bits == 8 ? WeightOptions.int8() : WeightOptions.int4();
    for (Proof.Depth depth : List.of(Proof.Depth.OUTPUTS, Proof.Depth.EVERYTHING)) {
      Conversion done =
          ModelQuantization.of(
                  options(QuantMode.WEIGHT_ONLY)
                      .withWeights(weights)
                      .withProof(ProofOptions.of(depth))
                      .excluding(Set.of("A")))
              .convert(input, output, QuantizeData.none());
      ModelPlan plan = done.planned().plan();
      assertThat(TestPlans.choice(plan, "A")).isEqualTo(new Keep(KeepReason.EXCLUDED));
      assertThat(TestPlans.choice(plan, "B"))
          .isEqualTo(new Keep(KeepReason.SHARED_WEIGHT, "'w' with 'A'"));
      assertThat(account(plan, "w").kept()).hasValue(new Keep(KeepReason.EXCLUDED));
      assertThat(done.proof().nodes()).isEqualTo(1);
      assertThat(done.proof().weights()).isEqualTo(1);
      assertThat(OnnxReader.read(output).graph().initializers())
          .containsKey("w")
          .doesNotContainKey("w_quantized");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"MatMul", "Gemm", "Gather"})
  void whereNodesHaveCodesOfTheirOwnEachGetsWhatItCanHave(String operator) {
    Path input = write(graph(operator));
    Path output = folder.resolve("small.onnx");
    Conversion done =
        ModelQuantization.of(options(QuantMode.DYNAMIC).excluding(Set.of("A")))
            .convert(input, output, QuantizeData.none());
    ModelPlan plan = done.planned().plan();
    assertThat(TestPlans.choice(plan, "B")).isInstanceOf(NodeChoice.Dynamic.class);
    PlannedWeight account = account(plan, "w");
    assertThat(account.codes()).hasSize(1);
    assertThat(account.kept()).hasValue(new Keep(KeepReason.EXCLUDED));
    assertThat(done.proof().nodes()).isEqualTo(2);
    assertThat(OnnxReader.read(output).graph().initializers()).containsKeys("w", "w_quantized");
  }

  /** An older plan may say that one reader has codes and the other has floats. */
  @Test
  void aStoredPlanThatPromisesCodesForOneReaderIsSettled() {
    Path input = write(graph("MatMul"));
    ModelQuantization weights = ModelQuantization.of(options(QuantMode.WEIGHT_ONLY));
    String text = PlanFile.render(weights.plan(input, QuantizeData.none()).plan());
    String edited = text.replaceFirst("(node: A, operator: MatMul), [^}]*", "$1, keep: excluded");
    assertThat(edited).isNotEqualTo(text);
    Path output = folder.resolve("small.onnx");
    Conversion done = weights.apply(PlanFile.parse("p", edited), input, output, Optional.empty());
    assertThat(TestPlans.choice(done.planned().plan(), "B"))
        .isEqualTo(new Keep(KeepReason.SHARED_WEIGHT, "'w' with 'A'"));
    String widths =
        text.replaceFirst(
            "(node: A, operator: MatMul), [^}]*",
            "$1, quantize: weight-only, weight: int4 per-channel");
    Conversion mixed = weights.apply(PlanFile.parse("p", widths), input, output, Optional.empty());
    assertThat(TestPlans.choice(mixed.planned().plan(), "B"))
        .isEqualTo(new Keep(KeepReason.SHARED_WEIGHT, "'w' in several widths"));
    assertThat(mixed.proof().nodes()).isEqualTo(1);
  }

  @Test
  void whenNothingElseIsLeftTheReasonIsSaid() {
    Graph graph = graph("MatMul");
    Graph only =
        graph.toBuilder()
            .nodes(graph.nodes().subList(0, 2))
            .removeInitializer("own")
            .outputs(List.of(ValueInfo.batched("b", DType.FLOAT32, 32)))
            .build();
    Path input = write(only);
    Path output = folder.resolve("small.onnx");
    assertThatThrownBy(() ->
            ModelQuantization.of(options(QuantMode.WEIGHT_ONLY).excluding(Set.of("A")))
                .convert(input, output, QuantizeData.none()))
        .isInstanceOf(CompressException.class)
        .hasMessage(input + ": no weight can be quantized: 1 × excluded by name");
    assertThat(output).doesNotExist();
  }

  /** Names that tables show exclude those nodes and nothing else, also where nodes have no name. */
  @ParameterizedTest
  @CsvSource({"STATIC", "DYNAMIC", "WEIGHT_ONLY", "MIXED"})
  void nodesWithoutANameAreExcludedByTheNameThatTablesShow(QuantMode mode) {
    Graph graph =
        Graph.builder("unnamed")
            .input(ValueInfo.batched("x", DType.FLOAT32, 8, 6, 6))
            .output(ValueInfo.batched("y", DType.FLOAT32, 8, 6, 40))
            .initializer("w", weight("Conv"))
            .initializer("v", RandomWeights.of(4, 8, 8, 3, 3))
            .initializer("wide", RandomWeights.of(3, 6, 40))
            .node(conv("", "x", "h1"))
            .node(Node.of("", "Relu", List.of("h1"), "h2"))
            .node(
                Node.of("", "Conv", List.of("h2", "v"), "h3")
                    .with("pads", Attribute.ints(1, 1, 1, 1)))
            .node(Node.of("", "MatMul", List.of("h3", "wide"), "y"))
            .build();
    Path input = write(graph);
    QuantizeData data = QuantizeData.of(DataSource.open("random:1x8x6x6?n=4", folder));
    ModelPlan usual = ModelQuantization.of(options(mode)).plan(input, data).plan();
    for (String name : List.of("h1", "h3", "y")) {
      ModelPlan plan =
          ModelQuantization.of(options(mode).excluding(Set.of(name))).plan(input, data).plan();
      assertThat(TestPlans.choice(usual, name).isQuantized()).as("%s usually", name).isTrue();
      assertThat(TestPlans.choice(plan, name)).isEqualTo(new Keep(KeepReason.EXCLUDED));
      assertThat(plan.nodes())
          .filteredOn(node -> node.choice().equals(new Keep(KeepReason.EXCLUDED)))
          .extracting(PlannedNode::name)
          .containsExactly(name);
      for (String other : List.of("h1", "h3", "y")) {
        if (!other.equals(name)) {
          assertThat(TestPlans.choice(plan, other).isQuantized())
              .as("%s, %s", name, other)
              .isTrue();
        }
      }
    }
  }
}
