package dev.swage.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every form of a quantized graph says what its float graph says. */
final class OutputEndingTest {
  /** A way to compute an output from {@code x}. */
  record Ending(String name, OutputKind kind, Function<EndingGraph, String> body) {
    OnnxModel model() {
      EndingGraph graph = new EndingGraph();
      return graph.model(body.apply(graph));
    }

    Ending then(String what, OutputKind other, Function<EndingGraph, Function<String, String>> f) {
      return new Ending(name + ", " + what, other, g -> f.apply(g).apply(body.apply(g)));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static Ending logits(String name, Function<EndingGraph, String> body) {
    return new Ending(name, OutputKind.LOGITS, body);
  }

  private static Ending other(String name, OutputKind kind, Function<EndingGraph, String> body) {
    return new Ending(name, kind, body);
  }

  private static String gemm(EndingGraph g) {
    return g.add("Gemm", "x", "w", "b");
  }

  private static String relu(EndingGraph g) {
    return g.add("Relu", gemm(g));
  }

  private static Ending floats(String activation, OutputKind kind) {
    return other("float " + activation, kind, g -> g.add(activation, gemm(g)));
  }

  static List<Ending> floatForms() {
    return List.of(
        logits("Gemm", OutputEndingTest::gemm),
        logits("MatMul", g -> g.add("MatMul", "x", "w")),
        logits("MatMul, Add", g -> g.add("Add", g.add("MatMul", "x", "w"), "b")),
        logits("Conv", g -> g.add("Conv", g.add("Reshape", "x", "images"), "kernel")),
        floats("Softmax", OutputKind.PROBABILITIES),
        floats("Sigmoid", OutputKind.PROBABILITIES),
        floats("LogSoftmax", OutputKind.LOG_PROBABILITIES),
        floats("Tanh", OutputKind.UNKNOWN),
        floats("Relu", OutputKind.UNKNOWN),
        other("x itself", OutputKind.UNKNOWN, g -> g.add("Identity", "x")),
        other("scaled", OutputKind.UNKNOWN, g -> g.add("Mul", gemm(g), "x_scale")));
  }

  static List<Ending> staticForms() {
    return List.of(
        logits("pairs, last in float", g -> g.add("Gemm", pairOf("x", g), weight(g), "b")),
        logits(
            "pairs, last in codes",
            g -> g.pair(g.add("Gemm", pairOf("x", g), weight(g), "b"), "y_scale", "middle")),
        logits("QGemm to floats", g -> qGemm(g)),
        logits("QGemm to codes", g -> g.back(qGemm(g, "y_scale", "middle"), "y_scale", "middle")),
        logits("QLinearMatMul", g -> g.back(qLinearMatMul(g), "y_scale", "middle")),
        logits(
            "QLinearMatMul, QLinearAdd",
            g -> {
              String product = qLinearMatMul(g);
              String sum =
                  g.contrib(
                      "QLinearAdd",
                      Map.of(),
                      product,
                      "y_scale",
                      "middle",
                      product,
                      "y_scale",
                      "middle",
                      "y_scale",
                      "middle");
              return g.back(sum, "y_scale", "middle");
            }),
        logits(
            "QLinearConv",
            g -> {
              String codes =
                  g.add(
                      "QLinearConv",
                      g.add("Reshape", g.codes(), "images"),
                      "x_scale",
                      "middle",
                      "kernel_codes",
                      "w_scale",
                      "w_zero",
                      "y_scale",
                      "middle",
                      "b_codes");
              return g.add("Flatten", g.back(codes, "y_scale", "middle"));
            }),
        logits(
            "mean of what is not negative",
            g -> {
              String image = g.add("Relu", g.add("Reshape", "x", "images"));
              String codes = g.add("QuantizeLinear", image, "x_scale", "lowest");
              String mean =
                  g.contrib(
                      "QLinearGlobalAveragePool",
                      Map.of(),
                      codes,
                      "x_scale",
                      "lowest",
                      "y_scale",
                      "lowest");
              return g.back(mean, "y_scale", "lowest");
            }),
        other(
            "Softmax in codes",
            OutputKind.PROBABILITIES,
            g -> g.pair(g.add("Softmax", gemm(g)), "p_scale", "lowest")),
        other(
            "QLinearSoftmax",
            OutputKind.PROBABILITIES,
            g ->
                g.back(
                    g.contrib(
                        "QLinearSoftmax",
                        Map.of("axis", Attribute.of(-1), "opset", Attribute.of(21)),
                        qGemm(g, "y_scale", "middle"),
                        "y_scale",
                        "middle",
                        "p_scale",
                        "lowest"),
                    "p_scale",
                    "lowest")),
        other(
            "QLinearSigmoid",
            OutputKind.PROBABILITIES,
            g ->
                g.back(
                    g.contrib(
                        "QLinearSigmoid",
                        Map.of(),
                        qGemm(g, "y_scale", "middle"),
                        "y_scale",
                        "middle",
                        "p_scale",
                        "lowest"),
                    "p_scale",
                    "lowest")),
        other(
            "LogSoftmax in codes",
            OutputKind.LOG_PROBABILITIES,
            g -> g.pair(g.add("LogSoftmax", gemm(g)), "y_scale", "middle")),
        other(
            "Tanh in codes",
            OutputKind.UNKNOWN,
            g -> g.pair(g.add("Tanh", gemm(g)), "y_scale", "middle")),
        other("Relu in codes", OutputKind.UNKNOWN, g -> g.pair(relu(g), "y_scale", "lowest")),
        other(
            "Relu left out for codes",
            OutputKind.UNKNOWN,
            g -> g.pair(gemm(g), "y_scale", "lowest")),
        other(
            "Relu left out for signed codes",
            OutputKind.UNKNOWN,
            g -> g.pair(gemm(g), "y_scale", "lowest_signed")),
        other(
            "Relu left out for codes without a zero point",
            OutputKind.UNKNOWN,
            g -> g.add("DequantizeLinear", g.add("QuantizeLinear", gemm(g), "y_scale"), "y_scale")),
        other(
            "Relu left out for codes of QGemm",
            OutputKind.UNKNOWN,
            g -> g.back(qGemm(g, "y_scale", "lowest"), "y_scale", "lowest")));
  }

  static List<Ending> otherForms() {
    return List.of(
        logits("dynamic, standard, no bias", g -> integerProduct(g)),
        logits("dynamic, standard, bias", g -> g.add("Add", integerProduct(g), "b")),
        logits(
            "dynamic, standard, Conv",
            g -> {
              List<String> x = g.dynamicCodes(g.add("Reshape", "x", "images"));
              String codes = g.add("ConvInteger", x.get(0), "kernel_codes", x.get(2));
              return g.add("Add", g.rescaled(codes, x.get(1)), "kernel_bias");
            }),
        logits(
            "DynamicQuantizeMatMul",
            g ->
                g.contrib(
                    "DynamicQuantizeMatMul", Map.of(), "x", "w_codes", "w_scale", "w_zero", "b")),
        logits(
            "DynamicQuantizeMatMul, Add",
            g ->
                g.add(
                    "Add",
                    g.contrib("DynamicQuantizeMatMul", Map.of(), "x", "w_codes", "w_scale"),
                    "b")),
        logits(
            "MatMulIntegerToFloat",
            g ->
                g.contrib(
                    "MatMulIntegerToFloat",
                    Map.of(),
                    g.codes(),
                    "w_codes",
                    "x_scale",
                    "w_scale",
                    "middle",
                    "w_zero",
                    "b")),
        logits("MatMulNBits", OutputEndingTest::nBits),
        logits("MatMulNBits, Add", g -> g.add("Add", nBits(g), "b")),
        logits("weight in codes", g -> g.add("Gemm", "x", weight(g), "b")),
        logits("FusedMatMul", g -> g.contrib("FusedMatMul", Map.of(), "x", "w")),
        other("FusedGemm with Sigmoid", OutputKind.PROBABILITIES, g -> fusedGemm(g, "Sigmoid")),
        other("FusedGemm with Tanh", OutputKind.UNKNOWN, g -> fusedGemm(g, "Tanh")),
        other(
            "FusedConv with Relu",
            OutputKind.UNKNOWN,
            g ->
                g.contrib(
                    "FusedConv",
                    Map.of("activation", Attribute.of("Relu")),
                    g.add("Reshape", "x", "images"),
                    "kernel")),
        other(
            "Softmax on dynamic codes",
            OutputKind.PROBABILITIES,
            g -> g.add("Softmax", g.add("Add", integerProduct(g), "b"))),
        other(
            "Softmax in half precision",
            OutputKind.PROBABILITIES,
            g -> {
              String half = g.add("Cast", "", Map.of("to", Attribute.of(10)), gemm(g));
              return g.add("Cast", "", Map.of("to", Attribute.of(1)), g.add("Softmax", half));
            }),
        other(
            "rows of a table in codes",
            OutputKind.UNKNOWN,
            g -> {
              g.initializer("row", Tensor.ofLongs(Shape.of(1), 2));
              return g.rescaled(g.add("Gather", "w_codes", "row"), "x_scale");
            }),
        other(
            "Relu on dynamic codes",
            OutputKind.UNKNOWN,
            g -> g.add("Relu", g.add("Add", integerProduct(g), "b"))));
  }

  private static String pairOf(String value, EndingGraph g) {
    return g.pair(value, "x_scale", "middle");
  }

  private static String weight(EndingGraph g) {
    return g.back("w_codes", "w_scale", "w_zero");
  }

  private static String qGemm(EndingGraph g, String... output) {
    String[] inputs = {g.codes(), "x_scale", "middle", "w_codes", "w_scale", "w_zero", "b_codes"};
    return g.contrib(
        "QGemm",
        Map.of(),
        Stream.of(inputs, output).flatMap(Arrays::stream).toArray(String[]::new));
  }

  private static String qLinearMatMul(EndingGraph g) {
    return g.add(
        "QLinearMatMul",
        g.codes(),
        "x_scale",
        "middle",
        "w_codes",
        "w_scale",
        "w_zero",
        "y_scale",
        "middle");
  }

  private static String integerProduct(EndingGraph g) {
    List<String> x = g.dynamicCodes("x");
    return g.rescaled(g.add("MatMulInteger", x.get(0), "w_codes", x.get(2), "w_zero"), x.get(1));
  }

  private static String nBits(EndingGraph g) {
    int[] codes = {0x9a, 0x37, 0, 0, 0, 0, 0, 0, 0x5c, 0x81, 0, 0, 0, 0, 0, 0};
    g.initializer("blocks", Tensor.ofBytes(DType.UINT8, Shape.of(2, 1, 8), codes));
    g.initializer("scales", Tensor.ofFloats(Shape.of(2), 0.1f, 0.2f));
    Map<String, Attribute> sizes =
        Map.of(
            "K", Attribute.of(4),
            "N", Attribute.of(2),
            "bits", Attribute.of(4),
            "block_size", Attribute.of(16));
    return g.contrib("MatMulNBits", sizes, "x", "blocks", "scales");
  }

  private static String fusedGemm(EndingGraph g, String activation) {
    return g.contrib("FusedGemm", Map.of("activation", Attribute.of(activation)), "x", "w", "b");
  }

  @TempDir private Path folder;

  @ParameterizedTest
  @MethodSource({"floatForms", "staticForms", "otherForms"})
  void kindsAreReadOffTheLastOperators(Ending ending) {
    OnnxModel model = ending.model();
    assertThat(OutputKind.of(model.graph())).isEqualTo(ending.kind());
    Path file = folder.resolve("ending.onnx");
    OnnxWriter.write(model, file);
    try (ModelSession session = ModelSession.open(file)) {
      Tensor x = Tensor.ofFloats(Shape.of(1, 4), 0.3f, -0.1f, 0.7f, 0.2f);
      assertThat(session.run(List.of(x))).as("ONNX Runtime knows this form").hasSize(1);
    }
  }

  @ParameterizedTest
  @MethodSource({"floatForms", "staticForms", "otherForms"})
  void movedOutputsKeepTheirKind(Ending ending) {
    Ending moved =
        ending.then("moved", ending.kind(), g -> v -> g.add("Flatten", g.add("Identity", v)));
    assertThat(OutputKind.of(moved.model().graph())).isEqualTo(ending.kind());
  }

  @Test
  void operatorsOfOtherDomainsAndSecondOutputsAreUnknown() {
    Ending foreign =
        other("foreign", OutputKind.UNKNOWN, g -> g.add("Softmax", "my.own", Map.of(), gemm(g)));
    assertThat(OutputKind.of(foreign.model().graph())).isEqualTo(OutputKind.UNKNOWN);
    OnnxModel dropout = logits("gemm", OutputEndingTest::gemm).model();
    Graph.Builder builder = dropout.graph().toBuilder();
    String value = dropout.graph().outputs().getFirst().name();
    Graph graph =
        builder
            .node(Node.of("drop", "Dropout", List.of(value), "kept", "mask"))
            .outputs(List.of(ValueInfo.of("mask", DType.BOOL, Shape.of(1, 2))))
            .build();
    assertThat(OutputKind.of(graph)).isEqualTo(OutputKind.UNKNOWN);
  }

  @Test
  void aGraphWithoutOutputsOrWithACycleIsUnknown() {
    Graph graph = logits("gemm", OutputEndingTest::gemm).model().graph();
    assertThat(OutputKind.of(graph.toBuilder().outputs(List.of()).build()))
        .isEqualTo(OutputKind.UNKNOWN);
    String value = graph.outputs().getFirst().name();
    Graph cycle =
        graph.toBuilder().nodes(List.of(Node.of("n", "Identity", List.of(value), value))).build();
    assertThat(OutputKind.of(cycle)).isEqualTo(OutputKind.UNKNOWN);
  }
}
