package dev.swage.compress.qdq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.TestPlans;
import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.diagnose.TestNetwork;
import dev.swage.data.DataSource;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.ModelChecker;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.quant.range.MinMaxRange;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Operators on codes give what ONNX Runtime makes of QuantizeLinear and DequantizeLinear. */
class QOperatorFormTest {
  private static Tensor wave(double seed, long... dims) {
    Shape shape = Shape.of(dims);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.4 * Math.sin(seed + 1.3 * i));
    }
    return Tensor.ofFloats(shape, values);
  }

  private static QdqModel quantized(OnnxModel model, DataSource data) {
    Calibration calibration = TestNetwork.observe(model, data);
    return QdqWriter.write(
        model, TestPlans.fixed(model.graph(), calibration, QdqOptions.of(new MinMaxRange())));
  }

  private static List<String> operators(OnnxModel model) {
    return model.graph().nodes().stream().map(Node::opType).toList();
  }

  private static float[] run(OnnxModel model, DataSource data) {
    try (ModelSession session =
        ModelSession.open("m", OnnxWriter.toBytes(model), SessionOptions.defaults())) {
      return session.run(data.batch(0, 1).inputs()).getFirst().toFloats();
    }
  }

  private static QdqModel sameOnCodes(OnnxModel model, DataSource data) {
    QdqModel pairs = quantized(model, data);
    QdqModel lowered = QOperatorForm.of(pairs);
    ModelChecker.checkStructure(lowered.model());
    assertThat(run(lowered.model(), data)).containsExactly(run(pairs.model(), data));
    assertThat(lowered.model().graph().initializers()).containsAllEntriesOf(lowered.stored());
    return lowered;
  }

  @Test
  void convolutionsPoolingSumsAndConcatenations() {
    Graph graph =
        Graph.builder("net")
            .input(ValueInfo.batched("x", DType.FLOAT32, 3, 8, 8))
            .output(ValueInfo.batched("y", DType.FLOAT32, 5))
            .node(TestNetwork.conv("stem", "x", "a"))
            .node(Node.of("relu1", "Relu", List.of("a"), "r"))
            .node(TestNetwork.conv("deep", "r", "d").with("group", Attribute.of(4)))
            .node(Node.of("sum", "Add", List.of("d", "r"), "s"))
            .node(
                Node.of("pool", "MaxPool", List.of("s"), "p")
                    .with("kernel_shape", Attribute.ints(2, 2))
                    .with("strides", Attribute.ints(2, 2)))
            .node(
                Node.of("mean", "AveragePool", List.of("s"), "v")
                    .with("kernel_shape", Attribute.ints(2, 2))
                    .with("strides", Attribute.ints(2, 2)))
            .node(Node.of("leak", "LeakyRelu", List.of("v"), "k"))
            .node(Node.of("cat", "Concat", List.of("p", "k"), "c").with("axis", Attribute.of(1)))
            .node(TestNetwork.conv("right", "c", "q"))
            .node(Node.of("gate", "Sigmoid", List.of("q"), "h"))
            .node(Node.of("gated", "Mul", List.of("q", "h"), "m"))
            .node(Node.of("all", "GlobalAveragePool", List.of("m"), "g"))
            .node(Node.of("flat", "Flatten", List.of("g"), "f"))
            .node(
                Node.of("classes", "Gemm", List.of("f", "classes.w", "classes.b"), "y")
                    .with("transB", Attribute.of(1)))
            .initializer("stem.w", wave(1, 4, 3, 3, 3))
            .initializer("stem.b", wave(2, 4))
            .initializer("deep.w", wave(3, 4, 1, 3, 3))
            .initializer("deep.b", wave(4, 4))
            .initializer("right.w", wave(5, 6, 8, 3, 3))
            .initializer("right.b", wave(6, 6))
            .initializer("classes.w", wave(7, 5, 6))
            .initializer("classes.b", wave(8, 5))
            .build();
    QdqModel lowered =
        sameOnCodes(OnnxModel.of(graph), DataSource.open("random:1x3x8x8?n=4", Path.of("")));
    assertThat(operators(lowered.model()))
        .containsExactly(
            "QuantizeLinear",
            "QLinearConv",
            "QLinearConv",
            "QLinearAdd",
            "MaxPool",
            "QLinearAveragePool",
            "QLinearLeakyRelu",
            "QLinearConcat",
            "QLinearConv",
            "QLinearSigmoid",
            "QLinearMul",
            "QLinearGlobalAveragePool",
            "Flatten",
            "QGemm");
  }

  @Test
  void productsOfActivations() {
    Graph graph =
        Graph.builder("attention")
            .input(ValueInfo.batched("x", DType.FLOAT32, 6, 16))
            .output(ValueInfo.batched("y", DType.FLOAT32, 6, 16))
            .node(Node.of("q", "MatMul", List.of("x", "q.w"), "query"))
            .node(Node.of("k", "MatMul", List.of("x", "k.w"), "key"))
            .node(
                Node.of("turn", "Transpose", List.of("key"), "turned")
                    .with("perm", Attribute.ints(0, 2, 1)))
            .node(Node.of("scores", "MatMul", List.of("query", "turned"), "s"))
            .node(Node.of("soft", "Softmax", List.of("s"), "p"))
            .node(Node.of("mix", "MatMul", List.of("p", "key"), "z"))
            .node(Node.of("root", "Sqrt", List.of("z"), "y"))
            .initializer("q.w", wave(1, 16, 16))
            .initializer("k.w", wave(2, 16, 16))
            .build();
    QdqModel lowered =
        sameOnCodes(
            OnnxModel.of(graph), DataSource.open("random:1x6x16?n=4&dist=uniform", Path.of("")));
    assertThat(operators(lowered.model()))
        .containsExactly(
            "QuantizeLinear",
            "QLinearMatMul",
            "QLinearMatMul",
            "Transpose",
            "QLinearMatMul",
            "QLinearSoftmax",
            "MatMulIntegerToFloat",
            "Sqrt");
  }
}
