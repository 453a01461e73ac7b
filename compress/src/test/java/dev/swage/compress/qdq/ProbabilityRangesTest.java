package dev.swage.compress.qdq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.TestPlans;
import dev.swage.compress.diagnose.TestNetwork;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.data.DataSource;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.range.ActivationEstimator;
import dev.swage.quant.range.MinMaxRange;
import dev.swage.quant.range.Range;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranges of Softmax and Sigmoid, run by ONNX Runtime with the scales that follow. */
class ProbabilityRangesTest {
  private static Tensor weight(double size, long seed, long... dims) {
    Shape shape = Shape.of(dims);
    return Tensor.ofFloats(shape, TestFloats.gaussian((int) shape.elements(), size, seed));
  }

  /** Attention of one head. */
  private static OnnxModel attention(int positions, long opset) {
    return OnnxModel.of(
            Graph.builder("attention")
                .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(1, positions, 16)))
                .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(1, positions, 16)))
                .node(Node.of("q", "MatMul", List.of("x", "q.w"), "query"))
                .node(Node.of("k", "MatMul", List.of("x", "k.w"), "key"))
                .node(
                    Node.of("t", "Transpose", List.of("key"), "turned")
                        .with("perm", Attribute.ints(0, 2, 1)))
                .node(Node.of("s", "MatMul", List.of("query", "turned"), "scores"))
                .node(
                    Node.of("p", "Softmax", List.of("scores"), "probabilities")
                        .with("axis", Attribute.of(-1)))
                .node(Node.of("c", "MatMul", List.of("probabilities", "x"), "context"))
                .node(Node.of("o", "MatMul", List.of("context", "o.w"), "y"))
                .initializer("q.w", weight(0.1, 1, 16, 16))
                .initializer("k.w", weight(0.1, 2, 16, 16))
                .initializer("o.w", weight(0.3, 3, 16, 16))
                .build())
        .withOpset("", opset);
  }

  /** A heat map. */
  private static OnnxModel map(double bias, long opset) {
    float[] biases = new float[4];
    Arrays.fill(biases, (float) bias);
    return OnnxModel.of(
            Graph.builder("map")
                .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(1, 6, 8, 8)))
                .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(1, 4, 3, 3)))
                .node(Node.of("l", "Conv", List.of("x", "l.w", "l.b"), "logits"))
                .node(Node.of("s", "Sigmoid", List.of("logits"), "probabilities"))
                .node(
                    Node.of("m", "MaxPool", List.of("probabilities"), "y")
                        .with("kernel_shape", Attribute.ints(2, 2))
                        .with("strides", Attribute.ints(2, 2)))
                .initializer("l.w", weight(0.1, 4, 4, 6, 3, 3))
                .initializer("l.b", Tensor.ofFloats(Shape.of(4), biases))
                .build())
        .withOpset("", opset);
  }

  private static ModelPlan plan(
      OnnxModel model, DataSource data, ActivationEstimator range, QuantScheme codes) {
    return TestPlans.fixed(
        model.graph(),
        TestNetwork.observe(model, data),
        QdqOptions.of(range).withActivations(codes));
  }

  private static float[] run(OnnxModel model, DataSource data) {
    try (ModelSession session =
        ModelSession.open("net", OnnxWriter.toBytes(model), SessionOptions.defaults())) {
      return session.run(data.batch(0).inputs()).getFirst().toFloats();
    }
  }

  private static double decibels(OnnxModel model, OnnxModel small, DataSource data) {
    float[] x = run(model, data);
    float[] y = run(small, data);
    double signal = 0;
    double noise = 0;
    for (int i = 0; i < x.length; i++) {
      signal += (double) x[i] * x[i];
      noise += ((double) x[i] - y[i]) * ((double) x[i] - y[i]);
    }
    return 10 * Math.log10(signal / noise);
  }

  private static void holds(OnnxModel model, DataSource data, double least) {
    for (QuantScheme codes :
        List.of(
            QdqOptions.UNSIGNED, new QuantScheme(DType.INT8, 8, false, Granularity.perTensor()))) {
      ModelPlan plan = plan(model, data, new MinMaxRange(), codes);
      assertThat(plan.choices().values())
          .allSatisfy(choice -> assertThat(choice).isInstanceOf(NodeChoice.Static.class));
      OnnxModel small = QdqWriter.write(model, plan).model();
      assertThat(decibels(model, small, data)).as(codes.toString()).isGreaterThan(least);
    }
  }

  @ParameterizedTest
  @CsvSource({"64, 13", "64, 21", "512, 13", "1024, 17"})
  void aSoftmaxOverManyPositionsKeepsItsProbabilities(int positions, long opset) {
    DataSource data = DataSource.open("random:1x%dx16?n=2".formatted(positions), Path.of(""));
    holds(attention(positions, opset), data, 28);
  }

  @ParameterizedTest
  @CsvSource({"-9, 13", "-6, 13", "-6, 21", "-3, 18", "0, 13"})
  void aSigmoidOfRareThingsKeepsItsProbabilities(double bias, long opset) {
    holds(map(bias, opset), DataSource.open("random:1x6x8x8?n=4", Path.of("")), 28);
  }

  private static Range range(double bias, ActivationEstimator estimator) {
    DataSource data = DataSource.open("random:1x6x8x8?n=4", Path.of(""));
    return plan(map(bias, 13), data, estimator, QdqOptions.UNSIGNED).values().stream()
        .filter(value -> value.name().equals("probabilities"))
        .map(PlannedValue::range)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aRangeIsAtLeastHalfOfWhatIsPossibleOrWhatWasSeen() {
    for (ActivationEstimator estimator : ActivationEstimator.all()) {
      assertThat(range(0, estimator)).isEqualTo(new Range(0, 1));
      assertThat(range(-8, estimator).max()).isBetween(1e-4f, 0.1f);
      assertThat(range(-8, estimator).min()).isNotNegative();
    }
  }

  private static Range natural(String operator, Range range) {
    return NaturalRange.within(range, Node.of("n", operator, List.of("x"), "y"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Tanh", "Softsign", "HardSigmoid", "LogSoftmax", "Relu", "Neg"})
  void noRangeReachesBeyondWhatIsPossible(String operator) {
    Range wide = natural(operator, new Range(-7, 7));
    Range narrow = natural(operator, new Range(-0.25f, 0.25f));
    switch (operator) {
      case "Tanh", "Softsign" -> assertThat(wide).isEqualTo(new Range(-1, 1));
      case "HardSigmoid" -> assertThat(wide).isEqualTo(new Range(0, 1));
      case "LogSoftmax" -> assertThat(wide).isEqualTo(new Range(-7, 0));
      case "Relu" -> assertThat(wide).isEqualTo(new Range(0, 7));
      default -> assertThat(wide).isEqualTo(new Range(-7, 7));
    }
    assertThat(narrow.max()).isEqualTo(operator.equals("LogSoftmax") ? 0 : 0.25f);
  }
}
