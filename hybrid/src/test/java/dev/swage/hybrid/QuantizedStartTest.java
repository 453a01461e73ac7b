package dev.swage.hybrid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.compress.ModelQuantization;
import dev.swage.compress.QuantMode;
import dev.swage.compress.QuantizeData;
import dev.swage.compress.QuantizeOptions;
import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.Objective;
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
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import dev.swage.train.quantize.QuantizerMethod;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Training through codes that begins with a file that is quantized already. */
final class QuantizedStartTest {
  @TempDir private Path folder;

  record Case(SmallNet net, QatOptions options) {
    @Override
    public String toString() {
      return "%s W%d A%d %s"
          .formatted(net, options.weights().bits(), options.activationBits(), options.method());
    }
  }

  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    int[] weights = {8, 4, 3, 2};
    for (SmallNet net : SmallNet.values()) {
      for (int i = 0; i < weights.length; i++) {
        for (int bits : new int[] {i % 2 == 0 ? 8 : 5, 0}) {
          cases.add(
              new Case(
                  net,
                  QatOptions.of(weights[i])
                      .withActivationBits(bits)
                      .withEndBits(weights[i])
                      .withMethod(i % 2 == 0 ? QuantizerMethod.LSQ : QuantizerMethod.FIXED)));
        }
      }
    }
    return cases.stream();
  }

  /** Written without a step of training, the file has the codes of that which it began from. */
  @ParameterizedTest
  @MethodSource("cases")
  void no_code_differs_without_training(Case test) {
    Path first = folder.resolve("first.onnx");
    TrainedCodes.of(test.net(), test.options(), first);
    assertSameCodes(first, test.net().data(), test.options());
  }

  /** Files of quantization after training. */
  @ParameterizedTest
  @CsvSource({
    "CONV, STATIC, 8, 0",
    "RESIDUAL, STATIC, 8, 0",
    "DENSE, STATIC, 8, 0",
    "TABLE, STATIC, 8, 0",
    "CONV, WEIGHT_ONLY, 8, 0",
    "RESIDUAL, WEIGHT_ONLY, 4, 16",
    "CONV, WEIGHT_ONLY, 4, 32",
    "LSTM, WEIGHT_ONLY, 4, 16",
    "EMBEDDING, WEIGHT_ONLY, 4, 16"
  })
  void no_code_of_a_quantized_file_differs(SmallNet net, QuantMode mode, int bits, int group) {
    Path floats = folder.resolve("floats.onnx");
    OnnxWriter.write(net.model(), floats);
    Path first = folder.resolve("first.onnx");
    WeightOptions weights = WeightOptions.int8().withBits(bits).withMinElements(1);
    QuantizeOptions options =
        QuantizeOptions.of(mode)
            .withObjective(Objective.SIZE)
            .withWeights(group > 0 ? weights.withGrouping(WeightGrouping.groups(group)) : weights);
    QuantizeData data = mode.needsData() ? QuantizeData.of(net.data()) : QuantizeData.none();
    ModelQuantization.of(options).convert(floats, first, data);
    QatOptions same =
        QatOptions.of(bits)
            .withEndBits(bits)
            .withActivationBits(mode == QuantMode.STATIC ? 8 : 0)
            .withWeights(WeightOptions.int8().withBits(bits).withMinElements(1));
    assertSameCodes(first, net.data(), same);
  }

  private void assertSameCodes(Path first, DataSource data, QatOptions options) {
    Path second = folder.resolve("second.onnx");
    QuantizationAware qat =
        QuantizationAware.plan(
            OnnxReader.read(first),
            options.fixesRanges() ? QuantizeData.of(data) : QuantizeData.none(),
            options);
    assertThat(qat.prepared().graph().nodes())
        .extracting(Node::opType)
        .doesNotContain("QuantizeLinear", "DequantizeLinear");
    qat.write(qat.model(), second, Optional.of(data));
    Map<String, Tensor> expected = codes(first);
    Map<String, Tensor> written = codes(second);
    assertThat(written.keySet()).isEqualTo(expected.keySet());
    assertThat(expected).isNotEmpty();
    expected.forEach((name, codes) -> {
      Tensor other = written.get(name);
      assertThat(other.dtype()).as(name).isEqualTo(codes.dtype());
      assertThat(differing(codes, other)).as(name).isZero();
    });
    assertThat(output(second, data)).isEqualTo(output(first, data));
  }

  /** Codes of weights, scales and zero points by name. Biases follow from the scales. */
  private static Map<String, Tensor> codes(Path file) {
    Map<String, Tensor> codes = new TreeMap<>();
    OnnxReader.read(file)
        .graph()
        .initializers()
        .forEach((name, tensor) -> {
          boolean matrix = name.endsWith("_quantized") && tensor.shape().rank() > 1;
          boolean scale = name.endsWith("_scale") || name.endsWith("_zero_point");
          if (matrix || (scale && !name.contains("bias"))) {
            codes.put(name, tensor);
          }
        });
    return codes;
  }

  private static long differing(Tensor a, Tensor b) {
    assertThat(b.shape()).isEqualTo(a.shape());
    long mismatch = a.data().mismatch(b.data());
    return mismatch < 0 ? 0 : mismatch + 1;
  }

  private static float[] output(Path file, DataSource data) {
    try (ModelSession session = ModelSession.open(file, SessionOptions.defaults())) {
      int[] all = IntStream.range(0, Math.toIntExact(data.size())).toArray();
      return session.run(data.batch(all).inputs()).getFirst().toFloats();
    }
  }

  /**
   * A file of another tool: weights unsigned around 128, or signed with all 256 codes; a Relu that
   * codes stand for; scales in Constant nodes; codes of activations that are signed or not.
   */
  private static OnnxModel foreign(DType weights, DType activations, boolean channels) {
    int middle = weights == DType.UINT8 ? 128 : 0;
    int least = activations == DType.UINT8 ? 0 : -128;
    int[] first = codes(12 * 8, weights, 5);
    int[] second = codes(8 * 4, weights, 6);
    float[] scales = new float[channels ? 8 : 1];
    int[] zeros = new int[scales.length];
    for (int i = 0; i < scales.length; i++) {
      scales[i] = 0.01f + 0.001f * i;
      zeros[i] = middle;
    }
    Shape each = channels ? Shape.of(8) : Shape.of();
    return OnnxModel.of(
            Graph.builder("foreign")
                .input(ValueInfo.batched("x", DType.FLOAT32, 12))
                .output(ValueInfo.batched("y", DType.FLOAT32, 4))
                .initializer("w1_q", Tensor.ofBytes(weights, Shape.of(12, 8), first))
                .initializer("w1_s", Tensor.ofFloats(each, scales))
                .initializer("w1_z", Tensor.ofBytes(weights, each, zeros))
                .initializer("w2_quantized", Tensor.ofBytes(weights, Shape.of(8, 4), second))
                .initializer("w2_s", Tensor.ofFloats(Shape.of(), 0.02f))
                .initializer("w2_z", Tensor.ofBytes(weights, Shape.of(), middle))
                .initializer("x_z", Tensor.ofBytes(activations, Shape.of(), least + 120))
                .initializer("h_s", Tensor.ofFloats(Shape.of(), 0.03f))
                .initializer("h_z", Tensor.ofBytes(activations, Shape.of(), least))
                .initializer("y_s", Tensor.ofFloats(Shape.of(), 0.25f))
                .initializer("y_z", Tensor.ofBytes(activations, Shape.of(), least + 128))
                .node(
                    Node.of("s", "Constant", List.of(), "x_s")
                        .with("value", Attribute.of(Tensor.ofFloats(Shape.of(), 0.025f))))
                .node(Node.of("xq", "QuantizeLinear", List.of("x", "x_s", "x_z"), "x_codes"))
                .node(Node.of("xd", "DequantizeLinear", List.of("x_codes", "x_s", "x_z"), "x_d"))
                .node(
                    Node.of("w1d", "DequantizeLinear", List.of("w1_q", "w1_s", "w1_z"), "w1")
                        .with("axis", Attribute.of(1L)))
                .node(Node.of("one", "MatMul", List.of("x_d", "w1"), "h"))
                .node(Node.of("hq", "QuantizeLinear", List.of("h", "h_s", "h_z"), "h_codes"))
                .node(Node.of("hd", "DequantizeLinear", List.of("h_codes", "h_s", "h_z"), "h_d"))
                .node(
                    Node.of(
                        "w2d", "DequantizeLinear", List.of("w2_quantized", "w2_s", "w2_z"), "w2_d"))
                .node(Node.of("two", "MatMul", List.of("h_d", "w2_d"), "y_f"))
                .node(Node.of("yq", "QuantizeLinear", List.of("y_f", "y_s", "y_z"), "y_codes"))
                .node(Node.of("yd", "DequantizeLinear", List.of("y_codes", "y_s", "y_z"), "y"))
                .build())
        .withOpset("", 13);
  }

  private static int[] codes(int count, DType type, long seed) {
    int least = type == DType.UINT8 ? 0 : -128;
    int[] codes = TestFloats.random(seed).ints(count, least, least + 256).toArray();
    codes[3] = least;
    return codes;
  }

  @ParameterizedTest
  @CsvSource({
    "UINT8, UINT8, false",
    "UINT8, INT8, false",
    "INT8, UINT8, false",
    "INT8, UINT8, true",
    "INT8, INT8, true"
  })
  void a_file_of_another_tool_keeps_its_codes(DType weights, DType activations, boolean channels) {
    OnnxModel foreign = foreign(weights, activations, channels);
    Path first = folder.resolve("first.onnx");
    OnnxWriter.write(foreign, first);
    DataSource data = SmallNet.DENSE.data();
    QatOptions options = QatOptions.of(8).withWeights(WeightOptions.int8().withMinElements(1));
    QuantizationAware qat =
        QuantizationAware.plan(OnnxReader.read(first), QuantizeData.of(data), options);
    Path second = folder.resolve("second.onnx");
    qat.write(qat.model(), second, Optional.of(data));
    Map<String, Tensor> written = OnnxReader.read(second).graph().initializers();
    for (String name : List.of("w1_q", "w2_quantized")) {
      Tensor before = foreign.graph().initializers().get(name);
      Tensor after = written.get(name.equals("w1_q") ? "w1_quantized" : name);
      assertThat(StoredCodes.of(after)).as(name).isEqualTo(StoredCodes.of(before));
    }
    // The output's own codes are not written: half a step of them.
    float[] expected = output(first, data);
    float[] outputs = output(second, data);
    for (int i = 0; i < expected.length; i++) {
      assertThat(outputs[i]).isCloseTo(expected[i], within(0.126f));
    }
  }

  /** Weights of other widths are what the file's stand for, and ranges are found anew. */
  @Test
  void other_widths_begin_with_what_the_codes_stand_for() {
    OnnxModel foreign = foreign(DType.INT8, DType.UINT8, true);
    QuantizationAware qat =
        QuantizationAware.plan(
            foreign, QuantizeData.of(SmallNet.DENSE.data()), QatOptions.of(4).withEndBits(4));
    float[] weight = qat.prepared().graph().initializers().get("w1").toFloats();
    long[] codes = StoredCodes.of(foreign.graph().initializers().get("w1_q"));
    float[] expected = new float[weight.length];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = codes[i] * (0.01f + 0.001f * (i % 8));
    }
    assertThat(weight).isEqualTo(expected);
    assertThat(qat.prepared().graph().nodes()).extracting(Node::opType).contains("Relu");
  }

  static Stream<Other> others() {
    return Stream.of(
        new Other(
            Node.of("n", "DynamicQuantizeLinear", List.of("x"), "q", "s", "z"),
            "node 'n' (DynamicQuantizeLinear) works on codes, of which no floats can be made: begin from the model in floats, or from a file in form qdq"),
        new Other(
            Node.of("n", "MatMulInteger", List.of("x_codes", "w1_q"), "q"),
            "node 'n' (MatMulInteger) works on codes, of which no floats can be made: begin from the model in floats, or from a file in form qdq"),
        new Other(
            Node.of("n", "Flatten", List.of("x_codes"), "q"),
            "node 'n' (Flatten) works on codes, of which no floats can be made: begin from the model in floats, or from a file in form qdq"),
        new Other(
            Node.of("n", "DequantizeLinear", List.of("x_codes", "h_s", "x_z"), "q"),
            "node 'n' (DequantizeLinear) makes numbers of codes with other scales than they were made with, of which no floats can be made: begin from the model in floats, or from a file in form qdq"));
  }

  record Other(Node node, String complaint) {}

  @ParameterizedTest
  @MethodSource("others")
  void what_cannot_be_floats_again_is_named(Other other) {
    OnnxModel foreign = foreign(DType.UINT8, DType.UINT8, false);
    Graph graph = foreign.graph().toBuilder().node(other.node()).build();
    assertThatThrownBy(() ->
            QuantizationAware.plan(
                foreign.withGraph(graph), QuantizeData.of(SmallNet.DENSE.data()), QatOptions.of(8)))
        .isInstanceOf(CompressException.class)
        .hasMessage(other.complaint());
  }
}
