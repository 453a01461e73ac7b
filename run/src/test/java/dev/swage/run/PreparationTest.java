package dev.swage.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.graph.Preparation;
import dev.swage.graph.PreparationOptions;
import dev.swage.graph.Prepared;
import dev.swage.graph.Rewrite;
import dev.swage.graph.RewriteKind;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
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
import java.util.Objects;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Each pass on a small graph; ONNX Runtime must give what it gave before. */
class PreparationTest {
  private static final Shape IMAGE = Shape.of(2, 4, 5, 5);

  private final Graph.Builder graph = Graph.builder("g");

  private static Tensor wave(double seed, long... dims) {
    Shape shape = Shape.of(dims);
    float[] values = new float[(int) shape.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(seed + i * 1.37);
    }
    return Tensor.ofFloats(shape, values);
  }

  private static Tensor positive(double seed, int count) {
    float[] values = wave(seed, count).toFloats();
    for (int i = 0; i < count; i++) {
      values[i] = 1.2f + values[i];
    }
    return Tensor.ofFloats(Shape.of(count), values);
  }

  private void node(String op, String output, String... inputs) {
    node(op, Map.of(), output, inputs);
  }

  private void node(String op, Map<String, Attribute> attributes, String output, String... inputs) {
    Node node = Node.of("n_" + output, op, List.of(inputs), output);
    for (Map.Entry<String, Attribute> attribute : attributes.entrySet()) {
      node = node.with(attribute.getKey(), attribute.getValue());
    }
    graph.node(node);
  }

  private void normalization(String output, String input, int channels) {
    List<String> inputs = new ArrayList<>(List.of(input));
    for (String role : List.of("gamma", "beta", "mean", "var")) {
      String name = output + "_" + role;
      boolean var = role.equals("var");
      graph.initializer(
          name, var ? positive(role.length(), channels) : wave(role.length() + 0.5, channels));
      inputs.add(name);
    }
    node("BatchNormalization", output, inputs.toArray(String[]::new));
  }

  private void input(Shape shape) {
    graph.input(ValueInfo.of("x", DType.FLOAT32, shape));
  }

  /** Prepares the graph with output y, and runs it before and after. */
  private Prepared prepared(Tensor x) {
    return prepared(x, PreparationOptions.defaults());
  }

  private Prepared prepared(Tensor x, PreparationOptions options) {
    graph.output(new ValueInfo("y", Optional.of(DType.FLOAT32), Optional.empty()));
    OnnxModel model = OnnxModel.of(graph.build());
    Prepared prepared = Preparation.of(model, options, new RuntimeEvaluator());
    float[] before = run(model, x);
    float[] after = run(prepared.model(), x);
    assertThat(after).hasSameSizeAs(before);
    for (int i = 0; i < before.length; i++) {
      assertThat((double) after[i]).isCloseTo(before[i], Offset.offset(2e-5));
    }
    return prepared;
  }

  private static float[] run(OnnxModel model, Tensor x) {
    try (ModelSession session =
        ModelSession.open("m", OnnxWriter.toBytes(model), SessionOptions.defaults())) {
      return session.run(List.of(x)).getFirst().toFloats();
    }
  }

  private static List<String> operators(Prepared prepared) {
    return prepared.model().graph().nodes().stream().map(Node::opType).toList();
  }

  @Test
  void normalizationGoesIntoConv() {
    input(IMAGE);
    graph.initializer("w", wave(1, 6, 2, 3, 3)).initializer("b", wave(2, 6));
    node("Conv", Map.of("group", Attribute.of(2)), "c", "x", "w", "b");
    normalization("y", "c", 6);
    Prepared prepared = prepared(wave(3, IMAGE.toArray()));
    assertThat(operators(prepared)).containsExactly("Conv");
    assertThat(prepared.rewrites())
        .containsExactly(
            new Rewrite(
                RewriteKind.BATCH_NORMALIZATION_FOLDED,
                List.of("node 'n_c' (Conv)", "node 'n_y' (BatchNormalization)"),
                List.of("w", "b"),
                ""));
    assertThat(prepared.summary()).isEqualTo("1 BatchNormalization folded");
    // w'[5] = w[5] · γ[5] / √(σ²[5] + ε), in double.
    double factor =
        wave(5.5, 6).getFloat(5) / Math.sqrt((double) positive(3, 6).getFloat(5) + 1e-5f);
    Tensor folded = tensor(prepared, "w");
    assertThat(folded.getFloat(5 * 18 + 7))
        .isEqualTo((float) (wave(1, 6, 2, 3, 3).getFloat(5 * 18 + 7) * factor));
  }

  private static Tensor tensor(Prepared prepared, String name) {
    Tensor tensor = prepared.model().graph().initializers().get(name);
    assertThat(tensor).as(name).isNotNull();
    return Objects.requireNonNull(tensor);
  }

  @Test
  void normalizationGoesIntoGroupedConvTranspose() {
    input(IMAGE);
    graph.initializer("w", wave(1, 4, 3, 2, 2));
    node("ConvTranspose", Map.of("group", Attribute.of(2)), "c", "x", "w");
    normalization("y", "c", 6);
    assertThat(operators(prepared(wave(3, IMAGE.toArray())))).containsExactly("ConvTranspose");
  }

  @Test
  void normalizationGoesIntoGemm() {
    for (long transposed : new long[] {0, 1}) {
      PreparationTest test = new PreparationTest();
      test.input(Shape.of(3, 4));
      test.graph
          .initializer("w", transposed == 1 ? wave(1, 6, 4) : wave(1, 4, 6))
          .initializer("b", wave(2, 1, 6));
      test.node(
          "Gemm",
          Map.of(
              "transB",
              Attribute.of(transposed),
              "beta",
              Attribute.of(0.5f),
              "alpha",
              Attribute.of(2f)),
          "c",
          "x",
          "w",
          "b");
      test.normalization("y", "c", 6);
      assertThat(operators(test.prepared(wave(3, 3, 4)))).containsExactly("Gemm");
    }
  }

  @Test
  void normalizationGoesIntoMatMulWithAndWithoutAdd() {
    input(Shape.of(3, 4));
    graph
        .initializer("w", wave(1, 4, 6))
        .initializer("b", wave(2, 6))
        .initializer("v", wave(4, 6, 5));
    node("MatMul", "p", "x", "w");
    node("Add", "s", "b", "p");
    normalization("h", "s", 6);
    node("MatMul", "q", "h", "v");
    normalization("y", "q", 5);
    Prepared prepared = prepared(wave(3, 3, 4));
    assertThat(operators(prepared)).containsExactly("MatMul", "Add", "MatMul", "Add");
    assertThat(prepared.counts()).containsEntry(RewriteKind.BATCH_NORMALIZATION_FOLDED, 2L);
  }

  @Test
  void normalizationOfAnotherAxisThanTheProductsStays() {
    input(Shape.of(3, 6, 4));
    graph.initializer("w", wave(1, 4, 6));
    node("MatMul", "p", "x", "w");
    normalization("y", "p", 6);
    assertThat(operators(prepared(wave(3, 3, 6, 4))))
        .containsExactly("MatMul", "BatchNormalization");
  }

  @Test
  void aLayerReadTwiceKeepsItsNormalization() {
    input(IMAGE);
    graph.initializer("w", wave(1, 6, 4, 3, 3));
    node("Conv", "c", "x", "w");
    normalization("n", "c", 6);
    node("Add", "y", "n", "c");
    assertThat(operators(prepared(wave(3, IMAGE.toArray()))))
        .containsExactly("Conv", "BatchNormalization", "Add");
  }

  @Test
  void anAddOfOneNumberPerChannelBecomesTheBias() {
    input(IMAGE);
    graph
        .initializer("w", wave(1, 6, 4, 3, 3))
        .initializer("b", wave(2, 6))
        .initializer("a", wave(4, 1, 6, 1, 1))
        .initializer("s", wave(5, 1))
        .initializer("m", wave(6, 3, 3));
    node("Conv", "c", "x", "w", "b");
    node("Add", "d", "a", "c");
    node("Add", "e", "d", "s");
    node("Add", "y", "e", "m");
    Prepared prepared = prepared(wave(3, IMAGE.toArray()));
    assertThat(operators(prepared)).containsExactly("Conv", "Add");
    assertThat(prepared.counts()).containsEntry(RewriteKind.BIAS_FOLDED, 2L);
  }

  @Test
  void aMulOfOneNumberPerChannelGoesIntoTheWeights() {
    input(IMAGE);
    graph
        .initializer("w", wave(1, 6, 4, 3, 3))
        .initializer("b", wave(2, 6))
        .initializer("s", wave(4, 6, 1, 1))
        .initializer("a", wave(5, 6, 1, 1))
        .initializer("v", wave(3, 4, 4, 1, 1))
        .initializer("t", wave(6, 1))
        .initializer("m", wave(6, 3, 3));
    node("Conv", "g", "x", "v");
    node("Mul", "h", "t", "g");
    node("Conv", "c", "h", "w", "b");
    node("Mul", "d", "c", "s");
    node("Add", "e", "d", "a");
    node("Mul", "y", "e", "m");
    Prepared prepared = prepared(wave(3, IMAGE.toArray()));
    assertThat(operators(prepared)).containsExactly("Conv", "Conv", "Mul");
    assertThat(prepared.counts())
        .containsEntry(RewriteKind.SCALE_FOLDED, 2L)
        .containsEntry(RewriteKind.BIAS_FOLDED, 1L);
  }

  @Test
  void scaleAndShiftBehindANormalizationGoIntoIt() {
    input(IMAGE);
    graph.initializer("s", wave(4, 4, 1, 1)).initializer("a", wave(5, 1, 4, 1, 1));
    normalization("n", "x", 4);
    node("Mul", "d", "n", "s");
    node("Add", "y", "a", "d");
    assertThat(operators(prepared(wave(3, IMAGE.toArray())))).containsExactly("BatchNormalization");
  }

  @Test
  void aNormalizationBeforeAConvolutionBecomesOneWhereIntegerKernelsAreWanted() {
    input(IMAGE);
    graph.initializer("w", wave(1, 6, 4, 3, 3));
    normalization("n", "x", 4);
    node("Relu", "r", "n");
    node("Conv", "c", "r", "w");
    node("Relu", "d", "c");
    normalization("y", "d", 6);
    Prepared prepared =
        prepared(wave(3, IMAGE.toArray()), PreparationOptions.defaults().withIntegerForms(true));
    assertThat(operators(prepared))
        .containsExactly("Conv", "Relu", "Conv", "Relu", "BatchNormalization");
    assertThat(prepared.counts()).containsEntry(RewriteKind.NORMALIZATION_CONVOLVED, 1L);
    assertThat(prepared.model().graph().nodes().getFirst().intAttribute("group", 1)).isEqualTo(4);
  }

  @Test
  void aChannelShuffleBecomesAGatherWhereIntegerKernelsAreWanted() {
    input(Shape.of(2, 6, 5, 5));
    graph
        .initializer("split", Tensor.ofLongs(Shape.of(5), 2, 3, 2, 5, 5))
        .initializer("join", Tensor.ofLongs(Shape.of(4), 2, 6, 5, 5))
        .initializer("other", Tensor.ofLongs(Shape.of(4), 2, 3, 10, 5));
    node("Reshape", "a", "x", "split");
    node("Transpose", Map.of("perm", Attribute.ints(0, 2, 1, 3, 4)), "b", "a");
    node("Reshape", "c", "b", "join");
    node("Reshape", "d", "c", "split");
    node("Transpose", Map.of("perm", Attribute.ints(0, 2, 1, 3, 4)), "e", "d");
    node("Reshape", "y", "e", "other");
    Prepared prepared =
        prepared(wave(3, 2, 6, 5, 5), PreparationOptions.defaults().withIntegerForms(true));
    assertThat(operators(prepared)).containsExactly("Gather", "Reshape", "Transpose", "Reshape");
    assertThat(prepared.counts()).containsEntry(RewriteKind.CHANNELS_GATHERED, 1L);
  }

  /** Reshape, Transpose, Reshape of 6 channels in 2 groups. */
  private void shuffle(String output, String input) {
    graph
        .initializer("split", Tensor.ofLongs(Shape.of(5), 2, 2, 3, 5, 5))
        .initializer("join", Tensor.ofLongs(Shape.of(4), 2, 6, 5, 5));
    node("Reshape", output + "_a", input, "split");
    node("Transpose", Map.of("perm", Attribute.ints(0, 2, 1, 3, 4)), output + "_b", output + "_a");
    node("Reshape", output, output + "_b", "join");
  }

  @Test
  void aShuffleGoesIntoTheConvolutionBeforeIt() {
    input(Shape.of(2, 4, 5, 5));
    graph.initializer("w", wave(1, 6, 4, 1, 1)).initializer("v", wave(2, 6, 6, 1, 1));
    graph.initializer("bias", wave(4, 6));
    node("Conv", "c", "x", "w", "bias");
    node("Relu", "r", "c");
    shuffle("s", "r");
    node("Conv", "d", "s", "v");
    shuffle("y", "d");
    Prepared prepared =
        prepared(wave(3, 2, 4, 5, 5), PreparationOptions.defaults().withIntegerForms(true));
    assertThat(operators(prepared)).containsExactly("Conv", "Relu", "Conv");
    assertThat(prepared.counts()).containsEntry(RewriteKind.SHUFFLE_FOLDED, 2L);
  }

  @Test
  void aConvolutionInGroupsTakesAShuffleInWhereThatMayGrow() {
    input(Shape.of(2, 4, 5, 5));
    graph.initializer("w", wave(1, 6, 2, 3, 3)).initializer("bias", wave(4, 6));
    node(
        "Conv",
        Map.of("group", Attribute.of(2), "pads", Attribute.ints(1, 1, 1, 1)),
        "c",
        "x",
        "w",
        "bias");
    node("Relu", "r", "c");
    shuffle("y", "r");
    PreparationOptions small = PreparationOptions.defaults().withIntegerForms(true);
    assertThat(operators(prepared(wave(3, 2, 4, 5, 5), small)))
        .containsExactly("Conv", "Relu", "Gather");
    Prepared prepared = prepared(wave(3, 2, 4, 5, 5), small.withDenseShuffles(true));
    assertThat(operators(prepared)).containsExactly("Conv", "Relu");
    Node conv = prepared.model().graph().nodes().getFirst();
    assertThat(conv.intAttribute("group", 1)).isEqualTo(1);
    assertThat(prepared.model().graph().initializers().get(conv.input(1)).shape())
        .isEqualTo(Shape.of(6, 4, 3, 3));
  }

  @Test
  void aShuffleOfWhatOthersReadStays() {
    input(Shape.of(2, 4, 5, 5));
    graph.initializer("w", wave(1, 6, 4, 1, 1));
    node("Conv", "c", "x", "w");
    node("Relu", "r", "c");
    shuffle("s", "r");
    node("Add", "y", "s", "c");
    Prepared prepared =
        prepared(wave(3, 2, 4, 5, 5), PreparationOptions.defaults().withIntegerForms(true));
    assertThat(operators(prepared)).containsExactly("Conv", "Relu", "Gather", "Add");
  }

  @Test
  void clippingGoesBeforePoolingWhereIntegerKernelsAreWanted() {
    input(IMAGE);
    graph.initializer("w", wave(1, 6, 4, 3, 3)).initializer("v", wave(2, 5, 6, 1, 1));
    graph.initializer("six", Tensor.ofFloats(Shape.of(), 0.6f));
    node("Conv", "c", "x", "w");
    Map<String, Attribute> window = Map.of("kernel_shape", Attribute.ints(2, 2));
    node("MaxPool", window, "p", "c");
    node("Relu", "r", "p");
    node("Conv", "d", "r", "v");
    node("MaxPool", window, "q", "d");
    node("Clip", "y", "q", "", "six");
    PreparationOptions options = PreparationOptions.defaults();
    Prepared prepared =
        prepared(wave(3, IMAGE.toArray()), options.withOpset(13).withIntegerForms(true));
    assertThat(operators(prepared))
        .containsExactly("Conv", "Relu", "MaxPool", "Conv", "Clip", "MaxPool");
    assertThat(prepared.counts()).containsEntry(RewriteKind.CLIP_MOVED, 2L);
    assertThat(operators(prepared(wave(3, IMAGE.toArray()), options.withOpset(13))))
        .containsExactly("Conv", "MaxPool", "Relu", "Conv", "MaxPool", "Clip");
  }

  @Test
  void aMeanOverSpaceBecomesAPoolWhereIntegerKernelsAreWanted() {
    input(Shape.of(2, 4, 5, 6));
    graph.initializer("space", Tensor.ofLongs(Shape.of(2), -1, 2));
    graph.initializer("rows", Tensor.ofLongs(Shape.of(1), 2));
    node("ReduceMean", "m", "x", "space");
    node("Add", "a", "x", "m");
    node("ReduceMean", Map.of("keepdims", Attribute.of(0)), "n", "a", "space");
    node("ReduceMean", "r", "x", "rows");
    node("Flatten", "f", "r");
    node("Concat", Map.of("axis", Attribute.of(1)), "y", "n", "f");
    Tensor x = wave(3, 2, 4, 5, 6);
    PreparationOptions options = PreparationOptions.defaults().withIntegerForms(true);
    Prepared prepared = prepared(x, options);
    assertThat(operators(prepared))
        .containsExactly(
            "GlobalAveragePool",
            "Add",
            "GlobalAveragePool",
            "Flatten",
            "ReduceMean",
            "Flatten",
            "Concat");
    assertThat(prepared.counts()).containsEntry(RewriteKind.MEAN_POOLED, 2L);
  }

  @Test
  void clippingStaysBehindPoolingThatOthersReadToo() {
    input(IMAGE);
    graph.initializer("w", wave(1, 6, 4, 3, 3));
    node("Conv", "c", "x", "w");
    node("MaxPool", Map.of("kernel_shape", Attribute.ints(1, 1)), "p", "c");
    node("Relu", "r", "p");
    node("Add", "y", "r", "p");
    Prepared prepared =
        prepared(wave(3, IMAGE.toArray()), PreparationOptions.defaults().withIntegerForms(true));
    assertThat(operators(prepared)).containsExactly("Conv", "MaxPool", "Relu", "Add");
  }

  @Test
  void nodesThatDoNothingGoAndOutputsKeepTheirNames() {
    input(Shape.of(2, 3));
    graph.initializer("shape", Tensor.ofLongs(Shape.of(2), 0, -1));
    graph.initializer("pads", Tensor.ofLongs(Shape.of(4), 0, 0, 0, 0));
    node("Identity", "a", "x");
    node("Dropout", "b", "a");
    node("Cast", Map.of("to", Attribute.of(1)), "c", "b");
    node("Reshape", "d", "c", "shape");
    node("Flatten", "e", "d");
    node("Pad", "f", "e", "pads");
    node("Relu", "g", "f");
    node("Identity", "h", "g");
    node("Identity", "y", "h");
    Prepared prepared = prepared(wave(3, 2, 3));
    assertThat(prepared.model().graph().nodes())
        .containsExactly(Node.of("n_g", "Relu", List.of("x"), "y"));
    assertThat(prepared.counts()).containsEntry(RewriteKind.NO_OP_REMOVED, 8L);
  }

  @Test
  void twoTransposesBecomeOneOrNone() {
    input(Shape.of(2, 3, 4));
    node("Transpose", Map.of("perm", Attribute.ints(1, 2, 0)), "a", "x");
    node("Transpose", Map.of("perm", Attribute.ints(2, 0, 1)), "b", "a");
    node("Relu", "c", "b");
    node("Transpose", Map.of("perm", Attribute.ints(1, 2, 0)), "d", "c");
    node("Transpose", Map.of("perm", Attribute.ints(0, 2, 1)), "y", "d");
    Prepared prepared = prepared(wave(3, 2, 3, 4));
    assertThat(operators(prepared)).containsExactly("Relu", "Transpose");
    assertThat(prepared.model().graph().nodes().getLast().intsAttribute("perm"))
        .containsExactly(1, 0, 2);
  }

  @Test
  void shapeArithmeticAndWeightsBehindReshapeBecomeConstants() {
    input(Shape.of(2, 3, 4));
    graph
        .initializer("w", wave(1, 10, 12))
        .initializer("zero", Tensor.ofLongs(Shape.of(), 0))
        .initializer("rest", Tensor.ofLongs(Shape.of(1), -1));
    node("Shape", "s", "x");
    node("Gather", "n", "s", "zero");
    node("Constant", Map.of("value_ints", Attribute.ints(0)), "axes");
    node("Unsqueeze", "n1", "n", "axes");
    node("Concat", Map.of("axis", Attribute.of(0)), "to", "n1", "rest");
    node("Reshape", "flat", "x", "to");
    node("Transpose", "wt", "w");
    node("MatMul", "y", "flat", "wt");
    Prepared prepared = prepared(wave(3, 2, 3, 4));
    assertThat(operators(prepared)).containsExactly("Reshape", "MatMul");
    assertThat(tensor(prepared, "wt").shape()).isEqualTo(Shape.of(12, 10));
    assertThat(tensor(prepared, "to").toLongs()).containsExactly(2, -1);
  }

  @Test
  void whatWouldGrowTheFileIsNotFolded() {
    input(Shape.of(1, 1));
    graph.initializer("size", Tensor.ofLongs(Shape.of(2), 1000, 1000));
    node("ConstantOfShape", "big", "size");
    node("Add", "z", "big", "x");
    node("ReduceSum", "y", "z");
    assertThat(operators(prepared(wave(3, 1, 1)))).contains("ConstantOfShape");
  }

  @Test
  void anotherShapeOfAWeightIsAViewOfItsBytes() {
    input(Shape.of(3, 4));
    Tensor weight = wave(1, 2, 2, 5);
    graph.initializer("w", weight).initializer("to", Tensor.ofLongs(Shape.of(2), 4, -1));
    node("Reshape", "flat", "w", "to");
    node("MatMul", "y", "x", "flat");
    Tensor flat = tensor(prepared(wave(3, 3, 4)), "flat");
    assertThat(flat.shape()).isEqualTo(Shape.of(4, 5));
    assertThat(flat.data().heapBase()).isEqualTo(weight.data().heapBase());
  }

  @Test
  void aDecidedIfIsItsBranch() {
    input(Shape.of(2, 3));
    Graph then =
        Graph.builder("then")
            .initializer("k", wave(1, 3))
            .node(Node.of("add", "Add", List.of("x", "k"), "t"))
            .output(new ValueInfo("t", Optional.of(DType.FLOAT32), Optional.empty()))
            .build();
    Graph other =
        Graph.builder("else")
            .node(Node.of("relu", "Relu", List.of("x"), "t"))
            .output(new ValueInfo("t", Optional.of(DType.FLOAT32), Optional.empty()))
            .build();
    graph.initializer(
        "yes", Tensor.of(DType.BOOL, Shape.of(), MemorySegment.ofArray(new byte[] {0})));
    node("Not", "cond", "yes");
    node(
        "If",
        Map.of("then_branch", Attribute.of(then), "else_branch", Attribute.of(other)),
        "z",
        "cond");
    node("Neg", "y", "z");
    Prepared prepared = prepared(wave(3, 2, 3));
    assertThat(operators(prepared)).containsExactly("Add", "Neg");
    assertThat(prepared.counts()).containsEntry(RewriteKind.BRANCH_RESOLVED, 1L);
  }

  @Test
  void equalWeightsAreSharedAndUnusedOnesDropped() {
    input(Shape.of(3, 4));
    graph
        .initializer("a", wave(1, 4, 4))
        .initializer("b", wave(1, 4, 4))
        .initializer("c", wave(2, 4, 4))
        .initializer("unused", wave(3, 4));
    node("MatMul", "p", "x", "a");
    node("MatMul", "q", "p", "b");
    node("MatMul", "y", "q", "c");
    node("Relu", "dead", "p");
    Prepared prepared = prepared(wave(3, 3, 4));
    assertThat(prepared.model().graph().initializers()).containsOnlyKeys("a", "c");
    assertThat(prepared.summary()).isEqualTo("2 unused removed, 1 duplicate weight shared");
  }

  @Test
  void preparingTwiceChangesNothing() {
    input(IMAGE);
    graph.initializer("w", wave(1, 6, 4, 3, 3));
    node("Conv", "c", "x", "w");
    normalization("n", "c", 6);
    node("Identity", "y", "n");
    Prepared once = prepared(wave(3, IMAGE.toArray()));
    Prepared twice =
        Preparation.of(once.model(), PreparationOptions.defaults(), new RuntimeEvaluator());
    assertThat(twice.rewrites()).isEmpty();
    assertThat(twice.summary()).isEmpty();
  }
}
