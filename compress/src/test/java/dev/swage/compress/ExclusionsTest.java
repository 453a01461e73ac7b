package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.compress.write.QuantizedModel;
import dev.swage.data.DataSource;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is excluded by a name of the model stays in floats, whatever preparation makes of it. */
class ExclusionsTest {
  private static final NodeChoice EXCLUDED = new NodeChoice.Keep(KeepReason.EXCLUDED);

  @TempDir private Path folder;

  private static Tensor weight(int seed, long... dims) {
    Shape shape = Shape.of(dims);
    return Tensor.ofFloats(shape, TestFloats.gaussian((int) shape.elements(), 0.2, seed));
  }

  /**
   * Two convolutions with equal weights, the first scaled per channel; a Relu; a product with a
   * transposed weight; a table with infinities in a row that no input asks for.
   */
  private Path model() {
    Tensor mask = weight(9, 8, 32);
    float[] values = mask.toFloats();
    values[7 * 32 + 3] = Float.NEGATIVE_INFINITY;
    Graph graph =
        Graph.builder("net")
            .input(ValueInfo.batched("x", DType.FLOAT32, 4, 6, 6))
            .input(ValueInfo.of("row", DType.INT64, Shape.of(1)))
            .output(ValueInfo.batched("y", DType.FLOAT32, 32))
            .initializer("w", weight(1, 4, 4, 3, 3))
            .initializer("twin", weight(1, 4, 4, 3, 3))
            .initializer("factors", weight(2, 1, 4, 1, 1))
            .initializer("wide", weight(3, 32, 16))
            .initializer("mask", Tensor.ofFloats(Shape.of(8, 32), values))
            .node(Node.of("first", "Conv", List.of("x", "w"), "a"))
            .node(Node.of("scale", "Mul", List.of("a", "factors"), "s"))
            .node(Node.of("relu", "Relu", List.of("s"), "r"))
            .node(Node.of("second", "Conv", List.of("r", "twin"), "b"))
            .node(Node.of("flat", "Flatten", List.of("b"), "f"))
            .node(
                Node.of("turn", "Transpose", List.of("wide"), "t")
                    .with("perm", Attribute.ints(1, 0)))
            .node(Node.of("classify", "MatMul", List.of("f", "t"), "c"))
            .node(Node.of("look", "Gather", List.of("mask", "row"), "m"))
            .node(Node.of("masked", "Min", List.of("c", "m"), "y"))
            .build();
    Path file = folder.resolve("net.onnx");
    OnnxWriter.write(OnnxModel.of(graph).withOpset("", 13), file);
    return file;
  }

  private static QuantizeData data(QuantMode mode) {
    return mode == QuantMode.STATIC
        ? QuantizeData.of(DataSource.open("random:1x4x6x6,1?n=4&dist=uniform", Path.of("")))
        : QuantizeData.none();
  }

  private static QuantizeOptions options(QuantMode mode, String... names) {
    return QuantizeOptions.of(mode).withObjective(Objective.SIZE).excluding(Set.of(names));
  }

  private static NodeChoice choice(ModelPlan plan, String node) {
    return plan.nodes().stream()
        .filter(planned -> planned.name().equals(node))
        .map(PlannedNode::choice)
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "DYNAMIC, wide, classify, first",
    "DYNAMIC, t, classify, second",
    "DYNAMIC, w, first, second",
    "DYNAMIC, twin, second, classify",
    "DYNAMIC, f, classify, first",
    "WEIGHT_ONLY, wide, classify, first",
    "WEIGHT_ONLY, w, first, classify",
  })
  void namesOfTheModelAreFollowed(QuantMode mode, String name, String kept, String quantized) {
    ModelPlan plan =
        ModelQuantization.of(options(mode, "mask", name)).plan(model(), data(mode)).plan();
    assertThat(choice(plan, kept)).isEqualTo(EXCLUDED);
    assertThat(choice(plan, quantized).isQuantized()).isTrue();
  }

  @Test
  void weightsAloneAreFollowedToo() {
    Path small = folder.resolve("small.onnx");
    for (String name : List.of("wide", "w", "twin")) {
      QuantizedModel done =
          WeightOnly.of(WeightOptions.int8().excluding(Set.of("mask", name)))
              .convert(model(), small)
              .quantized();
      assertThat(done.weights())
          .filteredOn(w -> !w.plan().isQuantized())
          .hasSizeGreaterThanOrEqualTo(2);
    }
  }

  @Test
  void aReluThatIsExcludedIsNotAbsorbed() {
    Graph graph =
        Graph.builder("net")
            .input(ValueInfo.batched("x", DType.FLOAT32, 4, 6, 6))
            .output(ValueInfo.batched("y", DType.FLOAT32, 8, 2, 2))
            .initializer("w", weight(1, 8, 4, 3, 3))
            .initializer("v", weight(2, 8, 8, 3, 3))
            .node(Node.of("first", "Conv", List.of("x", "w"), "a"))
            .node(Node.of("relu", "Relu", List.of("a"), "r"))
            .node(Node.of("second", "Conv", List.of("r", "v"), "y"))
            .build();
    Path file = folder.resolve("relu.onnx");
    OnnxWriter.write(OnnxModel.of(graph).withOpset("", 13), file);
    QuantizeData pictures = QuantizeData.of(DataSource.open("random:1x4x6x6?n=4", folder));
    ModelPlan plan =
        ModelQuantization.of(options(QuantMode.STATIC, "relu")).plan(file, pictures).plan();
    assertThat(choice(plan, "relu")).isEqualTo(EXCLUDED);
    assertThat(choice(plan, "first")).isInstanceOf(NodeChoice.Static.class);
    assertThat(
            choice(
                ModelQuantization.of(options(QuantMode.STATIC)).plan(file, pictures).plan(),
                "relu"))
        .isEqualTo(new NodeChoice.Absorb("first"));
  }

  /** Nodes without names are called by their outputs, which other nodes read. */
  private Path unnamed() {
    Graph.Builder graph =
        Graph.builder("unnamed")
            .input(ValueInfo.batched("x", DType.FLOAT32, 4, 6, 6))
            .output(ValueInfo.batched("y", DType.FLOAT32, 24));
    String value = "x";
    for (int i = 1; i <= 3; i++) {
      graph
          .initializer("w" + i, weight(i, 8, i == 1 ? 4 : 8, 3, 3))
          .node(
              Node.of("", "Conv", List.of(value, "w" + i), "h" + i)
                  .with("pads", Attribute.ints(1, 1, 1, 1)))
          .node(Node.of("", "Relu", List.of("h" + i), "r" + i));
      value = "r" + i;
    }
    graph
        .initializer("v", weight(5, 288, 24))
        .node(Node.of("", "Flatten", List.of(value), "f"))
        .node(Node.of("", "MatMul", List.of("f", "v"), "y"));
    Path file = folder.resolve("unnamed.onnx");
    OnnxWriter.write(OnnxModel.of(graph.build()).withOpset("", 17), file);
    return file;
  }

  @ParameterizedTest
  @EnumSource(QuantMode.class)
  void theNamesThatTablesShowAreThoseToExclude(QuantMode mode) {
    Path file = unnamed();
    QuantizeData data =
        mode.needsData()
            ? QuantizeData.of(DataSource.open("random:1x4x6x6?n=4", Path.of("")))
            : QuantizeData.none();
    ModelPlan all = ModelQuantization.of(options(mode)).plan(file, data).plan();
    List<String> quantized =
        all.nodes().stream()
            .filter(node -> node.choice().isQuantized())
            .map(PlannedNode::name)
            .toList();
    assertThat(quantized).contains("h1", "h2", "h3", "y");
    for (String name : quantized) {
      ModelPlan without = ModelQuantization.of(options(mode, name)).plan(file, data).plan();
      assertThat(without.nodes())
          .filteredOn(node -> node.choice().equals(EXCLUDED))
          .extracting(PlannedNode::name)
          .containsExactly(name);
    }
  }

  /** A weight that is excluded may hold what cannot be quantized. */
  @Test
  void infinitiesCanBeExcluded() {
    Path output = folder.resolve("small.onnx");
    for (QuantizeOptions options :
        List.of(
            options(QuantMode.DYNAMIC, "mask"),
            options(QuantMode.DYNAMIC, "look"),
            options(QuantMode.WEIGHT_ONLY, "look")
                .withGoal(
                    new QuantGoal(
                        Objective.SIZE, OptionalDouble.of(10), OptionalDouble.empty(), false)))) {
      Conversion done = ModelQuantization.of(options).convert(model(), output, QuantizeData.none());
      assertThat(done.outcome()).isEqualTo(Outcome.WRITTEN);
      assertThat(choice(done.planned().plan(), "classify").isQuantized()).isTrue();
    }
    assertThatThrownBy(() ->
            ModelQuantization.of(options(QuantMode.DYNAMIC))
                .convert(model(), output, QuantizeData.none()))
        .isInstanceOf(CompressException.class)
        .hasMessageContaining("train again or exclude the weight");
  }

  @Test
  void nothingIsWrittenWhereBoundsLeaveNothingQuantized() {
    Path output = folder.resolve("small.onnx");
    Conversion done =
        ModelQuantization.of(
                options(QuantMode.WEIGHT_ONLY, "mask")
                    .withGoal(
                        new QuantGoal(
                            Objective.SIZE, OptionalDouble.of(150), OptionalDouble.empty(), false)))
            .convert(model(), output, QuantizeData.none());
    assertThat(done.outcome()).isEqualTo(Outcome.NOTHING_QUANTIZED);
    assertThat(output).doesNotExist();
  }
}
