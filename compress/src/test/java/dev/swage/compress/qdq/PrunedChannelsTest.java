package dev.swage.compress.qdq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swage.compress.Conversion;
import dev.swage.compress.ModelQuantization;
import dev.swage.compress.QuantMode;
import dev.swage.compress.QuantizeData;
import dev.swage.compress.QuantizeOptions;
import dev.swage.compress.WeightOnly;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.WeightGrouping;
import dev.swage.compress.proof.Proof;
import dev.swage.compress.proof.ProofOptions;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.compress.write.QuantizedModel;
import dev.swage.data.DataSource;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.run.ModelSession;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Channels whose weights are all zero keep their bias, and their zeros stay exact. */
class PrunedChannelsTest {
  private static final float[] BIASES = {0.013f, -0.37f, 1.9f, 0f, -0.0021f, 0.5f};

  @TempDir private Path folder;

  /** Weights whose channels 0, 1, 3 and 4 are zeros; all, if wanted. */
  private static Tensor pruned(Shape shape, int axis, boolean all) {
    float[] values = TestFloats.gaussian((int) shape.elements(), 0.2, 5);
    long inner = shape.inner(axis);
    for (int i = 0; i < values.length; i++) {
      long channel = i / inner % shape.dim(axis);
      if (all || (channel != 2 && channel != 5)) {
        values[i] = 0;
      }
    }
    return Tensor.ofFloats(shape, values);
  }

  private static Graph graph(String operator, boolean all) {
    Tensor bias = Tensor.ofFloats(Shape.of(BIASES.length), BIASES);
    Graph.Builder graph = Graph.builder("net").initializer("b", bias);
    return switch (operator) {
      case "Conv" ->
          graph
              .input(ValueInfo.batched("x", DType.FLOAT32, 8, 6, 6))
              .output(ValueInfo.batched("y", DType.FLOAT32, 6, 4, 4))
              .initializer("w", pruned(Shape.of(6, 8, 3, 3), 0, all))
              .node(Node.of("n", "Conv", List.of("x", "w", "b"), "y"))
              .build();
      case "Conv1" ->
          graph
              .input(ValueInfo.batched("x", DType.FLOAT32, 40, 9))
              .output(ValueInfo.batched("y", DType.FLOAT32, 6, 9))
              .initializer("w", pruned(Shape.of(6, 40, 1), 0, all))
              .node(Node.of("n", "Conv", List.of("x", "w", "b"), "y"))
              .build();
      case "GemmT" ->
          graph
              .input(ValueInfo.batched("x", DType.FLOAT32, 64))
              .output(ValueInfo.batched("y", DType.FLOAT32, 6))
              .initializer("w", pruned(Shape.of(6, 64), 0, all))
              .node(
                  Node.of("n", "Gemm", List.of("x", "w", "b"), "y").with("transB", Attribute.of(1)))
              .build();
      default ->
          graph
              .input(ValueInfo.batched("x", DType.FLOAT32, 64))
              .output(ValueInfo.batched("y", DType.FLOAT32, 6))
              .initializer("w", pruned(Shape.of(64, 6), 1, all))
              .node(Node.of("n", "Gemm", List.of("x", "w", "b"), "y"))
              .build();
    };
  }

  private static String shapes(Graph graph) {
    List<Dim> dims = graph.feeds().getFirst().dims().orElseThrow();
    return dims.stream()
        .skip(1)
        .map(dim -> Long.toString(((Dim.Fixed) dim).size()))
        .collect(Collectors.joining("x", "1x", ""));
  }

  /** The output's channel is its axis 1 in all of these. */
  @ParameterizedTest
  @CsvSource({
    "Conv, false, false",
    "Conv, true, false",
    "Conv, false, true",
    "Conv1, false, false",
    "Conv1, true, true",
    "GemmT, false, false",
    "GemmT, true, false",
    "Gemm, false, false",
    "Gemm, true, true"
  })
  void biasesOfChannelsOfZerosAreKept(String operator, boolean all, boolean perTensor) {
    Graph graph = graph(operator, all);
    Path input = folder.resolve("net.onnx");
    OnnxWriter.write(OnnxModel.of(graph).withOpset("", 13), input);
    DataSource data = DataSource.open("random:" + shapes(graph) + "?n=8", folder);
    WeightOptions weights =
        perTensor
            ? WeightOptions.int8().withGrouping(WeightGrouping.perTensor())
            : WeightOptions.int8();
    Path output = folder.resolve("small.onnx");
    Conversion done =
        ModelQuantization.of(
                QuantizeOptions.of(QuantMode.STATIC)
                    .withObjective(Objective.SIZE)
                    .withWeights(weights)
                    .withProof(ProofOptions.of(Proof.Depth.CODES)))
            .convert(input, output, QuantizeData.of(data));
    double half =
        done.planned().plan().values().stream()
            .filter(value -> value.name().equals("y"))
            .mapToDouble(value -> 0.501 * value.codes().scale())
            .findFirst()
            .orElse(0);
    try (ModelSession session = ModelSession.open(output)) {
      Tensor y = session.run(data.batch(0).inputs()).getFirst();
      long inner = y.shape().inner(1);
      for (int channel : new int[] {0, 1, 3, 4}) {
        for (long i = 0; i < inner; i++) {
          // A Conv writes codes, of which half a step is lost.
          assertThat((double) y.getFloat(channel * inner + i))
              .as("channel %d", channel)
              .isCloseTo(BIASES[channel], within(half + 1e-4));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"int8", "uint8", "int4", "uint4", "int2", "int8 group"})
  void zerosAreExactWhereWeightsAloneAreCodes(String width) {
    for (String operator : List.of("Conv", "Conv1", "GemmT", "Gemm")) {
      int bits = Integer.parseInt(width.replaceAll("\\D", ""));
      WeightOptions options =
          (bits == 8 ? WeightOptions.int8() : WeightOptions.int4()).withBits(bits);
      if (width.startsWith("u")) {
        options = options.asymmetric();
      }
      if (width.endsWith("group")) {
        options = options.withGrouping(WeightGrouping.groups(16));
      }
      Graph graph = graph(operator, false);
      QuantizedModel small = WeightOnly.of(options).apply(OnnxModel.of(graph));
      Tensor codes = small.dequantized("w");
      Tensor floats = Objects.requireNonNull(graph.initializers().get("w"));
      for (long i = 0; i < floats.shape().elements(); i++) {
        boolean channelOfZeros =
            isInZeroChannel(floats.shape(), operator.equals("Gemm") ? 1 : 0, i);
        if (channelOfZeros) {
          assertThat(codes.getFloat(i)).as("%s %s element %d", operator, width, i).isZero();
        }
      }
    }
  }

  private static boolean isInZeroChannel(Shape shape, int axis, long element) {
    long channel = element / shape.inner(axis) % shape.dim(axis);
    return channel != 2 && channel != 5;
  }
}
