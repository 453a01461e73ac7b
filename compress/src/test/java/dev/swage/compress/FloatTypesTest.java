package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.WeightGrouping;
import dev.swage.compress.planner.QuantizedSource;
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
import dev.swage.tensor.FloatValues;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Weights of float16, bfloat16 and float64, which a model computes in or stores behind a Cast. */
class FloatTypesTest {
  @TempDir private Path folder;

  private static Tensor weight(DType type, int seed, long... dims) {
    Shape shape = Shape.of(dims);
    float[] values = TestFloats.gaussian((int) shape.elements(), 0.2, seed);
    return FloatValues.toType(Tensor.ofFloats(shape, values), type);
  }

  /** Two products, one with a bias, all in one type. */
  private static OnnxModel computing(DType type, long opset) {
    Graph graph =
        Graph.builder("net")
            .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(3, 40)))
            .node(Node.of("cast", "Cast", List.of("x"), "xt").with("to", Attribute.of(type)))
            .node(Node.of("first", "MatMul", List.of("xt", "a"), "h"))
            .node(Node.of("add", "Add", List.of("h", "b"), "hb"))
            .node(Node.of("relu", "Relu", List.of("hb"), "r"))
            .node(
                Node.of("second", "Gemm", List.of("r", "c", "d"), "y")
                    .with("transB", Attribute.of(1)))
            .initializer("a", weight(type, 1, 40, 48))
            .initializer("b", weight(type, 2, 48))
            .initializer("c", weight(type, 3, 24, 48))
            .initializer("d", weight(type, 4, 24))
            .output(ValueInfo.of("y", type, Shape.of(3, 24)))
            .build();
    return OnnxModel.of(graph).withOpset("", opset);
  }

  /** A float32 model whose weights, and an added constant, are stored in a type behind a Cast. */
  private static OnnxModel stored(DType type, int rows) {
    Graph.Builder graph =
        Graph.builder("net")
            .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(1, rows)))
            .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(1, 48)));
    for (String name : List.of("a", "b", "c")) {
      graph.node(
          Node.of("", "Cast", List.of(name + "16"), name).with("to", Attribute.of(DType.FLOAT32)));
    }
    graph
        .node(Node.of("first", "MatMul", List.of("x", "a"), "h"))
        .node(Node.of("add", "Add", List.of("h", "c"), "hc"))
        .node(Node.of("relu", "Relu", List.of("hc"), "r"))
        .node(Node.of("second", "MatMul", List.of("r", "b"), "y"))
        .initializer("a16", weight(type, 1, rows, 64))
        .initializer("b16", weight(type, 2, 64, 48))
        .initializer("c16", weight(type, 3, 1, 64));
    return OnnxModel.of(graph.build()).withOpset("", 17);
  }

  static Stream<WeightOptions> schemes() {
    List<WeightOptions> all = new ArrayList<>();
    for (int bits : new int[] {3, 4, 8}) {
      for (WeightGrouping grouping :
          List.of(WeightGrouping.perChannel(), WeightGrouping.groups(16))) {
        WeightOptions options = WeightOptions.int8().withBits(bits).withGrouping(grouping);
        all.add(options);
        all.add(options.asymmetric());
      }
    }
    return all.stream();
  }

  private Conversion convert(OnnxModel model, QuantizeOptions options, QuantizeData data) {
    Path source = folder.resolve("source.onnx");
    OnnxWriter.write(model, source);
    return ModelQuantization.of(options).convert(source, folder.resolve("small.onnx"), data);
  }

  private OnnxModel written() {
    return OnnxReader.read(folder.resolve("small.onnx"));
  }

  private static Map<String, Long> operators(OnnxModel model) {
    return model.graph().nodes().stream()
        .collect(Collectors.groupingBy(Node::opType, Collectors.counting()));
  }

  @ParameterizedTest
  @MethodSource("schemes")
  void halvesBecomeCodesWithScalesOfTheirType(WeightOptions weights) throws IOException {
    QuantizeOptions options = QuantizeOptions.of(QuantMode.WEIGHT_ONLY).withWeights(weights);
    Conversion done = convert(computing(DType.FLOAT16, 13), options, QuantizeData.none());
    assertThat(done.planned().plan().quantizedWeights()).isEqualTo(2);
    OnnxModel small = written();
    boolean blocked = weights.bits() <= 4 || weights.grouping() instanceof WeightGrouping.Groups;
    assertThat(small.opset()).isEqualTo(blocked ? 21 : 19);
    assertThat(operators(small)).containsEntry("DequantizeLinear", 2L).containsEntry("Cast", 1L);
    assertThat(small.graph().outputs().getFirst().dtype()).contains(DType.FLOAT16);
    Set<DType> types =
        small.graph().initializers().values().stream()
            .map(Tensor::dtype)
            .collect(Collectors.toSet());
    assertThat(types).contains(DType.FLOAT16).doesNotContain(DType.FLOAT32);
    assertThat(Files.size(folder.resolve("small.onnx")))
        .isLessThan(Files.size(folder.resolve("source.onnx")));
    assertThat(done.proof().dequantized().orElseThrow().runs()).isEqualTo(3);
    assertThat(done.proof().dequantized().orElseThrow().sqnrDb()).isGreaterThan(50);
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(6 * weights.bits() - 14);
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"FLOAT64"})
  void otherTypesAreCastBehindTheirCodes(DType type) {
    Conversion done =
        convert(
            computing(type, 13), QuantizeOptions.of(QuantMode.WEIGHT_ONLY), QuantizeData.none());
    assertThat(done.planned().plan().quantizedWeights()).isEqualTo(2);
    assertThat(written().opset()).isEqualTo(13);
    assertThat(operators(written()))
        .containsEntry("DequantizeLinear", 2L)
        .containsEntry("Cast", 3L);
    assertThat(written().graph().outputs().getFirst().dtype()).contains(type);
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(35);
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"FLOAT16", "BFLOAT16", "FLOAT64"})
  void weightsBehindACastAreQuantizedAsFloats(DType type) throws IOException {
    Conversion done =
        convert(stored(type, 72), QuantizeOptions.of(QuantMode.WEIGHT_ONLY), QuantizeData.none());
    assertThat(done.planned().plan().quantizedWeights()).isEqualTo(2);
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(35);
    assertThat(written().opset()).isEqualTo(17);
    assertThat(Files.size(folder.resolve("small.onnx")))
        .isLessThan(Files.size(folder.resolve("source.onnx")) * 6 / 10);
    if (type != DType.FLOAT64) {
      assertThat(written().graph().initializers().get("c16").dtype()).isEqualTo(type);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = QuantMode.class,
      names = {"STATIC", "DYNAMIC", "MIXED"})
  void weightsBehindACastAreQuantizedInEveryMode(QuantMode mode) {
    QuantizeData data =
        mode.needsData()
            ? QuantizeData.of(DataSource.open("random:1x72?n=8", Path.of("")))
            : QuantizeData.none();
    Conversion done =
        convert(
            stored(DType.FLOAT16, 72),
            QuantizeOptions.of(mode).withObjective(Objective.SIZE),
            data);
    assertThat(done.planned().plan().quantizedWeights()).isGreaterThanOrEqualTo(2);
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(20);
  }

  @Test
  void whatStaysInFloatsIsStoredAsItWas() {
    QuantizeOptions options = QuantizeOptions.of(QuantMode.WEIGHT_ONLY).excluding(Set.of("second"));
    convert(stored(DType.FLOAT16, 72), options, QuantizeData.none());
    Map<String, Tensor> left = written().graph().initializers();
    assertThat(left.get("b16").dtype()).isEqualTo(DType.FLOAT16);
    assertThat(left.get("b16").data().mismatch(weight(DType.FLOAT16, 2, 64, 48).data()))
        .isEqualTo(-1);
    assertThat(left).doesNotContainKey("b").doesNotContainKey("a16");
  }

  /** What nothing measured is not called measured, and a way out is named. */
  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"FLOAT16", "FLOAT64"})
  void whereIntegerKernelsCannotBeTheWayOutIsNamed(DType type) {
    OnnxModel model = computing(type, 13);
    QuantizeOptions dynamic = QuantizeOptions.of(QuantMode.DYNAMIC).withObjective(Objective.SIZE);
    Conversion alone = convert(model, dynamic, QuantizeData.none());
    assertThat(alone.planned().plan().nodes().stream().filter(n -> n.choice().isQuantized()))
        .hasSize(2)
        .allMatch(node -> node.choice() instanceof NodeChoice.WeightOnly);
    QuantizeData data = QuantizeData.of(DataSource.open("random:1x40?n=6", Path.of("")));
    OnnxModel one =
        model.withGraph(
            model.graph().toBuilder()
                .inputs(List.of(ValueInfo.of("x", DType.FLOAT32, Shape.of(1, 40))))
                .outputs(List.of(ValueInfo.of("y", type, Shape.of(1, 24))))
                .build());
    assertThatThrownBy(() -> convert(one, QuantizeOptions.of(QuantMode.STATIC), data))
        .hasMessageContaining("not a float32 tensor")
        .hasMessageEndingWith("; mode weight-only needs none");
  }

  @Test
  void aSourceThatIsQuantizedIsNamedAndItsFloatsAreNarrowed() {
    convert(
        computing(DType.FLOAT32, 13),
        QuantizeOptions.of(QuantMode.WEIGHT_ONLY).excluding(Set.of("second")),
        QuantizeData.none());
    OnnxModel half = written();
    assertThat(QuantizedSource.describe(half))
        .contains(
            "the source is quantized already: 1 DequantizeLinear; only what is left in floats becomes codes");
    Conversion rest = convert(half, QuantizeOptions.of(QuantMode.WEIGHT_ONLY), QuantizeData.none());
    assertThat(rest.planned().plan().quantizedWeights()).isEqualTo(1);
    OnnxModel whole = written();
    assertThatThrownBy(
            () -> convert(whole, QuantizeOptions.of(QuantMode.WEIGHT_ONLY), QuantizeData.none()))
        .hasMessageContaining("source.onnx: no weight can be quantized: ")
        .hasMessageEndingWith(
            "; the source is quantized already: 2 DequantizeLinear; only what is left in floats becomes codes");
  }
}
