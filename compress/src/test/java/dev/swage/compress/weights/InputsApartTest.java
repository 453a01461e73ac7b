package dev.swage.compress.weights;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.ModelQuantization;
import dev.swage.compress.QuantMode;
import dev.swage.compress.QuantizeData;
import dev.swage.compress.QuantizeOptions;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.WeightForm;
import dev.swage.data.DataSource;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.op.WeightKind;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights whose inputs are of very different magnitude, as those of tables are. */
class InputsApartTest {
  private static final int INPUTS = 10;
  private static final int OUTPUTS = 24;

  /** From 1 to {@code 10^decades}. */
  private static double size(int input, double decades) {
    return Math.pow(10, decades * input / (INPUTS - 1));
  }

  private static Tensor weight(String operator, double decades) {
    boolean rows = operator.equals("MatMul");
    Shape shape =
        switch (operator) {
          case "Conv" -> Shape.of(OUTPUTS, INPUTS, 3);
          case "ConvTranspose" -> Shape.of(INPUTS, OUTPUTS, 3);
          case "Gemm" -> Shape.of(OUTPUTS, INPUTS);
          case "LSTM" -> Shape.of(1, 4 * OUTPUTS, INPUTS);
          default -> Shape.of(INPUTS, OUTPUTS);
        };
    int axis =
        switch (operator) {
          case "LSTM" -> 2;
          case "Conv", "Gemm" -> 1;
          default -> 0;
        };
    float[] values = TestFloats.gaussian((int) shape.elements(), 0.3, rows ? 1 : 2);
    for (int i = 0; i < values.length; i++) {
      int input = (int) (i / shape.inner(axis) % INPUTS);
      values[i] /= (float) size(input, decades);
    }
    return Tensor.ofFloats(shape, values);
  }

  private static Shape shape(String operator) {
    return switch (operator) {
      case "LSTM" -> Shape.of(5, 1, INPUTS);
      case "Conv", "ConvTranspose" -> Shape.of(1, INPUTS, 12);
      default -> Shape.of(5, INPUTS);
    };
  }

  private static OnnxModel model(String operator, double decades, long opset) {
    boolean steps = operator.equals("LSTM");
    Node node = Node.of("first", operator, List.of("x", "w"), "h");
    Graph.Builder graph =
        Graph.builder("table")
            .input(ValueInfo.of("x", DType.FLOAT32, shape(operator)))
            .initializer("w", weight(operator, decades));
    if (steps) {
      node =
          Node.of("first", operator, List.of("x", "w", "r"), "h")
              .with("hidden_size", Attribute.of(OUTPUTS));
      graph.initializer(
          "r",
          Tensor.ofFloats(
              Shape.of(1, 4 * OUTPUTS, OUTPUTS), TestFloats.gaussian(96 * OUTPUTS, 0.2, 5)));
    }
    if (operator.equals("Gemm")) {
      node = node.with("transB", Attribute.of(1));
    }
    return OnnxModel.of(
            graph
                .node(node)
                .node(Node.of("act", "Tanh", List.of("h"), "y"))
                .output(new ValueInfo("y", Optional.of(DType.FLOAT32), Optional.empty()))
                .build())
        .withOpset("", opset);
  }

  private static Tensor features(Shape shape, double decades, long seed) {
    float[] values = TestFloats.gaussian((int) shape.elements(), 0.4, seed);
    int axis = shape.dim(1) == INPUTS ? 1 : 2;
    for (int i = 0; i < values.length; i++) {
      values[i] *= (float) size((int) (i / shape.inner(axis) % INPUTS), decades);
    }
    return Tensor.ofFloats(shape, values);
  }

  private static float[] run(OnnxModel model, Tensor x) {
    try (ModelSession session =
        ModelSession.open("net", OnnxWriter.toBytes(model), SessionOptions.defaults())) {
      return session.run(List.of(x)).getFirst().toFloats();
    }
  }

  private static double decibels(
      String operator, double decades, OnnxModel model, OnnxModel small) {
    Tensor x = features(shape(operator), decades, 9);
    float[] exact = run(model, x);
    float[] coded = run(small, x);
    double signal = 0;
    double noise = 0;
    for (int i = 0; i < exact.length; i++) {
      signal += (double) exact[i] * exact[i];
      noise += ((double) exact[i] - coded[i]) * ((double) exact[i] - coded[i]);
    }
    return 10 * Math.log10(signal / noise);
  }

  private static ModelQuantization weightOnly(int bits) {
    return ModelQuantization.of(
        QuantizeOptions.of(QuantMode.WEIGHT_ONLY)
            .withWeights(bits > 4 ? WeightOptions.int8().withBits(bits) : WeightOptions.int4()));
  }

  @ParameterizedTest
  @CsvSource({
    "MatMul, 13, 8",
    "MatMul, 21, 3",
    "Gemm, 13, 8",
    "Gemm, 18, 4",
    "Conv, 13, 8",
    "Conv, 17, 5",
    "ConvTranspose, 13, 8",
    "LSTM, 14, 8"
  })
  void weightsAloneGetAScaleForEachInput(String operator, long opset, double decades) {
    OnnxModel model = model(operator, decades, opset);
    var made = weightOnly(8).apply(model, QuantizeData.none());
    PlannedNode first = made.plan().nodes().getFirst();
    assertThat(first.choice().slots().getFirst().form()).isEqualTo(WeightForm.BY_INPUT);
    assertThat(first.choice().slots().getFirst().choice()).hasToString("int8 per-input");
    assertThat(decibels(operator, decades, model, made.model())).isGreaterThan(30);
  }

  @ParameterizedTest
  @ValueSource(strings = {"MatMul", "Gemm", "Conv"})
  void fourBitsDoTheSame(String operator) {
    OnnxModel model = model(operator, 6, 13);
    var made = weightOnly(4).apply(model, QuantizeData.none());
    assertThat(made.plan().nodes().getFirst().choice().slots().getFirst().choice())
        .hasToString("int4 per-input");
    assertThat(decibels(operator, 6, model, made.model())).isGreaterThan(10);
  }

  @ParameterizedTest
  @ValueSource(strings = {"MatMul", "Gemm", "Conv", "ConvTranspose", "LSTM"})
  void otherWeightsKeepAScaleForEachOutput(String operator) {
    for (double decades : new double[] {0, 0.7}) {
      ModelPlan plan =
          weightOnly(8).apply(model(operator, decades, 14), QuantizeData.none()).plan();
      assertThat(plan.nodes().getFirst().choice().slots())
          .isNotEmpty()
          .allSatisfy(slot -> assertThat(slot.form()).isNotEqualTo(WeightForm.BY_INPUT));
    }
  }

  /** A filter of one output: some of its elements are small by chance. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void fewOutputsAreJudgedWithCare(int outputs) {
    for (int seed = 0; seed < 20; seed++) {
      Tensor even =
          Tensor.ofFloats(Shape.of(128, outputs), TestFloats.gaussian(128 * outputs, 0.3, seed));
      assertThat(InputSpread.isLost(even, WeightKind.PRODUCT, 8)).isFalse();
      float[] spread = even.toFloats();
      for (int i = 0; i < spread.length; i++) {
        int input = i / outputs;
        spread[i] *= (float) Math.pow(10, -8.0 * input / 128);
      }
      Tensor uneven = Tensor.ofFloats(even.shape(), spread);
      assertThat(InputSpread.isLost(uneven, WeightKind.PRODUCT, 8)).isTrue();
    }
  }

  /** Rows and columns both spread over many decades: no scale of either serves. */
  @ParameterizedTest
  @ValueSource(ints = {13, 21})
  void whatNoAxisServesIsKept(long opset) {
    OnnxModel model = model("MatMul", 8, opset);
    float[] values = weight("MatMul", 8).toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] *= (float) Math.pow(10, 8.0 * (i % OUTPUTS) / OUTPUTS);
    }
    Graph graph =
        model.graph().toBuilder()
            .initializer("w", Tensor.ofFloats(Shape.of(INPUTS, OUTPUTS), values))
            .build();
    ModelPlan plan = weightOnly(8).plan(model.withGraph(graph), QuantizeData.none()).plan();
    assertThat(plan.nodes().getFirst().choice()).isEqualTo(new Keep(KeepReason.INPUTS_APART));
    assertThat(plan.weights().getFirst().kept()).contains(new Keep(KeepReason.INPUTS_APART));
  }

  @ParameterizedTest
  @CsvSource({"MatMul, STATIC", "Conv, STATIC", "Gemm, STATIC", "MatMul, DYNAMIC", "Gemm, DYNAMIC"})
  void integerKernelsAreNotUsedThere(String operator, QuantMode mode) {
    ModelQuantization quantization =
        ModelQuantization.of(QuantizeOptions.of(mode).withObjective(Objective.SIZE));
    for (double decades : new double[] {0, 8}) {
      OnnxModel model = model(operator, decades, 13);
      QuantizeData given =
          mode == QuantMode.STATIC ? QuantizeData.of(data(operator, decades)) : QuantizeData.none();
      NodeChoice choice = quantization.plan(model, given).plan().nodes().getFirst().choice();
      if (decades == 0) {
        assertThat(choice.isQuantized()).isTrue();
      } else {
        assertThat(choice).isInstanceOf(NodeChoice.WeightOnly.class);
        assertThat(choice.slots().getFirst().form()).isEqualTo(WeightForm.BY_INPUT);
      }
    }
  }

  /** Two batches. */
  private static DataSource data(String operator, double decades) {
    long[] dims = shape(operator).toArray();
    dims[0] *= 2;
    Tensor x = features(Shape.of(dims), decades, 3);
    return DataSource.of(x, Tensor.ofLongs(Shape.of(dims[0]), new long[(int) dims[0]]));
  }
}
