package dev.swage.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.graph.Preparation;
import dev.swage.graph.PreparationOptions;
import dev.swage.graph.Prepared;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One node of each operator that changed, as old operator sets wrote it. */
class OpsetRaiseTest {
  private static final Shape IMAGE = Shape.of(2, 4, 3, 6);

  static Stream<Arguments> nodes() {
    Attribute axes = Attribute.ints(1, 3);
    return Stream.of(
        of(7, "BatchNormalization", Map.of("spatial", Attribute.of(1)), 4),
        of(7, "Clip", Map.of("min", Attribute.of(-0.5f), "max", Attribute.of(0.25f)), 0),
        of(7, "Clip", Map.of("max", Attribute.of(0.25f)), 0),
        of(7, "Clip", Map.of(), 0),
        of(7, "Dropout", Map.of("ratio", Attribute.of(0.3f)), 0),
        of(7, "Slice", slice(), 0),
        of(7, "TopK", Map.of("k", Attribute.of(2), "axis", Attribute.of(1)), 0),
        of(7, "Upsample", upsample("nearest"), 0),
        of(7, "Upsample", upsample("linear"), 0),
        of(7, "ImageScaler", Map.of("scale", Attribute.of(0.5f), "bias", floats(4)), 0),
        of(8, "ImageScaler", Map.of("bias", floats(4)), 0),
        of(9, "Affine", Map.of("alpha", Attribute.of(2f), "beta", Attribute.of(-1f)), 0),
        of(7, "Scale", Map.of("scale", Attribute.of(-3f)), 0),
        of(9, "Crop", Map.of("border", Attribute.ints(1, 0, 2, 1)), 0),
        of(9, "Crop", crop(), 0),
        of(7, "Pad", Map.of("pads", Attribute.ints(0, 1, 0, 2, 0, 0, 1, 0)), 0),
        of(
            7,
            "Pad",
            Map.of("pads", Attribute.ints(0, 1, 0, 2, 0, 0, 1, 0), "value", Attribute.of(2.5f)),
            0),
        of(
            7,
            "Pad",
            Map.of("pads", Attribute.ints(0, 0, 1, 2, 0, 0, 1, 0), "mode", Attribute.of("reflect")),
            0),
        of(7, "Squeeze", Map.of("axes", Attribute.ints(0)), Shape.of(1, 4, 3)),
        of(7, "Squeeze", Map.of(), Shape.of(1, 4, 1)),
        of(7, "Unsqueeze", Map.of("axes", Attribute.ints(0, 2)), 0),
        of(7, "ReduceSum", Map.of("axes", axes, "keepdims", Attribute.of(0)), 0),
        of(7, "ReduceSum", Map.of(), 0),
        of(7, "ReduceMean", Map.of("axes", axes), 0),
        of(7, "ReduceL2", Map.of(), 0),
        of(7, "Softmax", Map.of("axis", Attribute.of(3)), 0),
        of(7, "Softmax", Map.of("axis", Attribute.of(2)), 0),
        of(7, "Softmax", Map.of(), 0),
        of(7, "Softmax", Map.of("axis", Attribute.of(0)), 0),
        of(7, "Softmax", Map.of(), Shape.of(2, 5, 1, 1)),
        of(7, "LogSoftmax", Map.of(), 0),
        of(11, "Hardmax", Map.of("axis", Attribute.of(-2)), 0),
        of(7, "Split", Map.of("axis", Attribute.of(1), "split", Attribute.ints(1, 3)), 0),
        of(7, "Split", Map.of("axis", Attribute.of(1)), 0),
        of(13, "Split", Map.of("axis", Attribute.of(1)), 0),
        of(7, "Flatten", Map.of("axis", Attribute.of(2)), 0));
  }

  private static Map<String, Attribute> slice() {
    return Map.of(
        "axes",
        Attribute.ints(1, 3),
        "starts",
        Attribute.ints(1, -4),
        "ends",
        Attribute.ints(3, 100));
  }

  private static Attribute floats(int count) {
    List<Float> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add(0.75f - i);
    }
    return Attribute.floats(values);
  }

  private static Map<String, Attribute> crop() {
    return Map.of("border", Attribute.ints(2, 1, 0, 0), "scale", Attribute.ints(2, 3));
  }

  private static Map<String, Attribute> upsample(String mode) {
    return Map.of(
        "mode", Attribute.of(mode), "scales", Attribute.floats(List.of(1f, 1f, 2f, 1.5f)));
  }

  private static Arguments of(long opset, String op, Map<String, Attribute> attributes, int more) {
    return Arguments.of(opset, op, attributes, IMAGE, more);
  }

  private static Arguments of(
      long opset, String op, Map<String, Attribute> attributes, Shape input) {
    return Arguments.of(opset, op, attributes, input, 0);
  }

  /** {@code more} inputs of one element per channel follow x. */
  @ParameterizedTest(name = "{1} of opset {0}, {2}")
  @MethodSource("nodes")
  void oldNodesGiveWhatTheyGave(
      long opset, String op, Map<String, Attribute> attributes, Shape input, int more) {
    int outputs = op.equals("Split") || op.equals("TopK") ? 2 : 1;
    Graph.Builder graph = Graph.builder("g").input(ValueInfo.of("x", DType.FLOAT32, input));
    String[] inputs = new String[1 + more];
    inputs[0] = "x";
    for (int i = 1; i <= more; i++) {
      inputs[i] = "p" + i;
      graph.initializer("p" + i, Tensor.ofFloats(Shape.of(4), 0.5f, 1f, 1.5f, i));
    }
    String[] names = outputs == 2 ? new String[] {"y", "z"} : new String[] {"y"};
    Node node = Node.of("n", op, List.of(inputs), names);
    for (Map.Entry<String, Attribute> attribute : attributes.entrySet()) {
      node = node.with(attribute.getKey(), attribute.getValue());
    }
    graph.node(node);
    for (String name : names) {
      graph.output(new ValueInfo(name, Optional.empty(), Optional.empty()));
    }
    OnnxModel model = OnnxModel.of(graph.build()).withOpset("", opset).withIrVersion(4);
    same(model, ramp(input));
  }

  static Stream<Arguments> roundedOtherwise() {
    Map<String, Attribute> factors = Map.of("alpha", Attribute.of(2f), "beta", Attribute.of(0.5f));
    Attribute no = Attribute.of(0);
    Attribute yes = Attribute.of(1);
    String normalization = "MeanVarianceNormalization";
    return Stream.of(
        Arguments.of("ScaledTanh", factors),
        Arguments.of("ParametricSoftplus", factors),
        Arguments.of(normalization, Map.of()),
        Arguments.of(normalization, Map.of("across_channels", yes)),
        Arguments.of(normalization, Map.of("normalize_variance", no)),
        Arguments.of(normalization, Map.of("normalize_variance", no, "across_channels", yes)));
  }

  /** Kernels of their own round in another order. */
  @ParameterizedTest
  @MethodSource("roundedOtherwise")
  void experimentalOperatorsBecomeArithmetic(String op, Map<String, Attribute> attributes) {
    Graph graph =
        Graph.builder("g")
            .input(ValueInfo.of("x", DType.FLOAT32, IMAGE))
            .node(Node.of("n", op, List.of("x"), "y").withAttributes(attributes))
            .output(new ValueInfo("y", Optional.of(DType.FLOAT32), Optional.empty()))
            .build();
    OnnxModel model = OnnxModel.of(graph).withOpset("", 8).withIrVersion(4);
    float[] before = run(model, ramp(IMAGE)).getFirst().toFloats();
    for (long opset : new long[] {13, 21}) {
      float[] after = run(raised(model, opset), ramp(IMAGE)).getFirst().toFloats();
      assertThat(after).containsExactly(before, Offset.offset(2e-6f));
    }
  }

  static Stream<Arguments> masks() {
    return Stream.of(7L, 9L, 10L, 11L).map(Arguments::of);
  }

  @ParameterizedTest
  @MethodSource("masks")
  void masksOfDropoutStayWhatTheyWere(long opset) {
    Graph graph =
        Graph.builder("g")
            .input(ValueInfo.of("x", DType.FLOAT32, IMAGE))
            .node(Node.of("n", "Dropout", List.of("x"), "y", "mask"))
            .output(new ValueInfo("y", Optional.of(DType.FLOAT32), Optional.empty()))
            .output(new ValueInfo("mask", Optional.empty(), Optional.empty()))
            .build();
    same(OnnxModel.of(graph).withOpset("", opset).withIrVersion(4), ramp(IMAGE));
  }

  static Stream<Arguments> scans() {
    return Stream.of(Arguments.of(false, 1), Arguments.of(false, 3), Arguments.of(true, 2));
  }

  /** Sums of a sequence, each sample with a state of its own. */
  @ParameterizedTest
  @MethodSource("scans")
  void aScanOverABatchBecomesAScanInAScan(boolean backwards, int batch) {
    ValueInfo element = ValueInfo.of("e", DType.FLOAT32, Shape.of(2));
    Graph body =
        Graph.builder("body")
            .input(ValueInfo.of("before", DType.FLOAT32, Shape.of(2)))
            .input(element)
            .node(Node.of("add", "Add", List.of("before", "e"), "after"))
            .node(Node.of("copy", "Mul", List.of("after", "e"), "product"))
            .output(ValueInfo.of("after", DType.FLOAT32, Shape.of(2)))
            .output(ValueInfo.of("product", DType.FLOAT32, Shape.of(2)))
            .build();
    Node scan =
        Node.of("n", "Scan", List.of("", "state", "x"), "last", "all")
            .with("body", Attribute.of(body))
            .with("num_scan_inputs", Attribute.of(1));
    Graph graph =
        Graph.builder("g")
            .input(ValueInfo.of("state", DType.FLOAT32, Shape.of(batch, 2)))
            .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(batch, 4, 2)))
            .node(backwards ? scan.with("directions", Attribute.ints(1)) : scan)
            .output(new ValueInfo("last", Optional.of(DType.FLOAT32), Optional.empty()))
            .output(new ValueInfo("all", Optional.of(DType.FLOAT32), Optional.empty()))
            .build();
    same(
        OnnxModel.of(graph).withOpset("", 8).withIrVersion(4),
        ramp(Shape.of(batch, 2)),
        ramp(Shape.of(batch, 4, 2)));
  }

  private static OnnxModel raised(OnnxModel model, long opset) {
    return Preparation.of(
            model, PreparationOptions.defaults().withOpset(opset), new RuntimeEvaluator())
        .model();
  }

  private static Tensor ramp(Shape shape) {
    float[] values = new float[(int) shape.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(i * 1.7 + 0.3);
    }
    return Tensor.ofFloats(shape, values);
  }

  private static void same(OnnxModel model, Tensor... inputs) {
    List<Tensor> before = run(model, inputs);
    for (long opset : new long[] {13, 18, 21, 25}) {
      if (opset <= model.opset()) {
        continue;
      }
      Prepared raised =
          Preparation.of(
              model, PreparationOptions.defaults().withOpset(opset), new RuntimeEvaluator());
      assertThat(raised.model().opset()).isEqualTo(opset);
      List<Tensor> after = run(raised.model(), inputs);
      for (int i = 0; i < before.size(); i++) {
        assertThat(after.get(i).shape()).isEqualTo(before.get(i).shape());
        assertThat(after.get(i).data().mismatch(before.get(i).data())).isNegative();
      }
    }
  }

  private static List<Tensor> run(OnnxModel model, Tensor... inputs) {
    try (ModelSession session =
        ModelSession.open("m", OnnxWriter.toBytes(model), SessionOptions.defaults())) {
      return session.run(List.of(inputs));
    }
  }

  @Test
  void anUnknownRankTakesTheLongWayAround() {
    List<ValueInfo.Dim> open = List.of(new ValueInfo.Dim.Symbolic("n"));
    Graph graph =
        Graph.builder("g")
            .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(24)))
            .input(new ValueInfo("shape", Optional.of(DType.INT64), Optional.of(open)))
            .node(Node.of("r", "Reshape", List.of("x", "shape"), "v"))
            .node(Node.of("n", "Softmax", List.of("v"), "y").with("axis", Attribute.of(1)))
            .output(new ValueInfo("y", Optional.of(DType.FLOAT32), Optional.empty()))
            .build();
    Tensor shape = Tensor.ofLongs(Shape.of(4), 2, 2, 3, 2);
    same(OnnxModel.of(graph).withOpset("", 9).withIrVersion(4), ramp(Shape.of(24)), shape);
  }

  @Test
  void normalizationOfEveryPositionOnItsOwnBecomesArithmetic() {
    Shape inner = Shape.of(2, 3);
    Graph.Builder graph =
        Graph.builder("g").input(ValueInfo.of("x", DType.FLOAT32, Shape.of(2, 2, 3)));
    for (String name : List.of("scale", "bias", "mean", "var")) {
      graph.initializer(name, Tensor.ofFloats(inner, 1, 2, 3, 4, 5, name.length()));
    }
    graph
        .node(
            Node.of("n", "BatchNormalization", List.of("x", "scale", "bias", "mean", "var"), "y")
                .with("spatial", Attribute.of(0)))
        .output(new ValueInfo("y", Optional.of(DType.FLOAT32), Optional.empty()));
    OnnxModel model = OnnxModel.of(graph.build()).withOpset("", 8).withIrVersion(4);
    Tensor x = ramp(Shape.of(2, 2, 3));
    OnnxModel raised =
        Preparation.of(model, PreparationOptions.defaults().withOpset(21), new RuntimeEvaluator())
            .model();
    float[] y = run(raised, x).getFirst().toFloats();
    float[] params = {1, 2, 3, 4, 5};
    double[] lengths = {5, 4, 4, 3};
    for (int i = 0; i < y.length; i++) {
      int p = i % 6;
      double scale = p < 5 ? params[p] : lengths[0];
      double bias = p < 5 ? params[p] : lengths[1];
      double mean = p < 5 ? params[p] : lengths[2];
      double var = p < 5 ? params[p] : lengths[3];
      double expected = scale * (x.getFloat(i) - mean) / Math.sqrt(var + 1e-5) + bias;
      assertThat((double) y[i]).isCloseTo(expected, Offset.offset(1e-5));
    }
  }

  @Test
  void groupScalesBecomeChannelScales() {
    Graph graph =
        Graph.builder("g")
            .input(ValueInfo.of("x", DType.FLOAT32, IMAGE))
            .initializer("scale", Tensor.ofFloats(Shape.of(2), 2, 3))
            .initializer("bias", Tensor.ofFloats(Shape.of(2), 1, -1))
            .node(
                Node.of("n", "GroupNormalization", List.of("x", "scale", "bias"), "y")
                    .with("num_groups", Attribute.of(2)))
            .output(new ValueInfo("y", Optional.of(DType.FLOAT32), Optional.empty()))
            .build();
    OnnxModel model = OnnxModel.of(graph).withOpset("", 18).withIrVersion(8);
    OnnxModel raised =
        Preparation.of(model, PreparationOptions.defaults().withOpset(21), new RuntimeEvaluator())
            .model();
    assertThat(raised.graph().nodes()).hasSize(1);
    String scale = raised.graph().nodes().getFirst().input(1);
    assertThat(raised.graph().initializers().get(scale).toFloats()).containsExactly(2, 2, 3, 3);
  }

  @Test
  void wordsOfGridSampleChange() {
    Graph graph =
        Graph.builder("g")
            .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(1, 1, 3, 3)))
            .initializer("grid", Tensor.ofFloats(Shape.of(1, 1, 2, 2), -0.3f, 0.2f, 0.9f, -1f))
            .node(Node.of("n", "GridSample", List.of("x", "grid"), "y"))
            .output(new ValueInfo("y", Optional.of(DType.FLOAT32), Optional.empty()))
            .build();
    OnnxModel model = OnnxModel.of(graph).withOpset("", 16).withIrVersion(8);
    same(model, ramp(Shape.of(1, 1, 3, 3)));
  }

  @Test
  void branchesAreRaisedToo() {
    Graph branch =
        Graph.builder("b")
            .node(Node.of("inner", "Squeeze", List.of("x"), "b").with("axes", Attribute.ints(0)))
            .output(new ValueInfo("b", Optional.of(DType.FLOAT32), Optional.empty()))
            .build();
    Graph other =
        Graph.builder("c")
            .node(Node.of("flat", "ReduceSum", List.of("x"), "c"))
            .output(new ValueInfo("c", Optional.of(DType.FLOAT32), Optional.empty()))
            .build();
    Graph graph =
        Graph.builder("g")
            .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(1, 3)))
            .input(ValueInfo.of("which", DType.BOOL, Shape.of()))
            .node(
                Node.of("if", "If", List.of("which"), "y")
                    .with("then_branch", Attribute.of(branch))
                    .with("else_branch", Attribute.of(other)))
            .output(new ValueInfo("y", Optional.of(DType.FLOAT32), Optional.empty()))
            .build();
    OnnxModel model = OnnxModel.of(graph).withOpset("", 11).withIrVersion(6);
    for (byte which = 0; which < 2; which++) {
      Tensor bool = Tensor.of(DType.BOOL, Shape.of(), MemorySegment.ofArray(new byte[] {which}));
      same(model, ramp(Shape.of(1, 3)), bool);
    }
  }

  @Test
  void whatCannotBeRaisedIsNamed() {
    assertThatThrownBy(() -> raise(9, Node.of("n", "Foo", List.of("x"), "y")))
        .isInstanceOf(OnnxException.class)
        .hasMessage(
            "node 'n' (Foo) cannot be raised from opset 9 to 21: ai.onnx has no such operator that"
                + " Swage knows; export the model at opset 21 or later");
    assertThatThrownBy(() -> raise(6, Node.of("n", "Relu", List.of("x"), "y")))
        .hasMessage(
            "node 'n' (Relu) cannot be raised from opset 6 to 21: models are raised from opset 7"
                + " on; export the model at opset 21 or later");
    assertThatThrownBy(
            () -> raise(12, Node.of("n", "BatchNormalization", List.of("x"), "y", "mean")))
        .hasMessage(
            "node 'n' (BatchNormalization) cannot be raised to opset 14: it trains: statistics"
                + " among its outputs are something else there; export the model at opset 14 or"
                + " later");
  }

  @Test
  void otherDomainsStay() {
    Node node = new Node("n", "Fancy", "com.example", List.of("x"), List.of("y"), Map.of());
    assertThat(raise(9, node).graph().nodes()).containsExactly(node);
  }

  private static OnnxModel raise(long opset, Node node) {
    Graph graph =
        Graph.builder("g")
            .input(ValueInfo.of("x", DType.FLOAT32, IMAGE))
            .node(node)
            .output(new ValueInfo("y", Optional.of(DType.FLOAT32), Optional.empty()))
            .build();
    OnnxModel model =
        OnnxModel.of(graph).withOpset("", opset).withOpset("com.example", 1).withIrVersion(4);
    return Preparation.of(
            model, PreparationOptions.defaults().withOpset(21), new RuntimeEvaluator())
        .model();
  }
}
