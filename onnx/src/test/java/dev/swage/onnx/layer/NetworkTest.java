package dev.swage.onnx.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NetworkTest {
  private static OnnxModel moons(long seed) {
    return Network.input("x", 2).dense(10).relu().dense(1).sigmoid().seed(seed).build();
  }

  private static Node node(Graph graph, String name) {
    return graph.nodes().stream().filter(n -> n.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void aDenseNetworkIsMatMulAddChainsWithNamedWeights() {
    OnnxModel model = moons(7);
    Graph graph = model.graph();

    assertThat(model.opset()).isEqualTo(21);
    assertThat(model.irVersion()).isEqualTo(10);
    assertThat(graph.nodes().stream().map(n -> n.name() + ":" + n.opType()))
        .containsExactly(
            "dense1:MatMul",
            "dense1.add:Add",
            "relu1:Relu",
            "dense2:MatMul",
            "dense2.add:Add",
            "sigmoid1:Sigmoid");
    assertThat(graph.initializers().keySet())
        .containsExactly("dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias");
    assertThat(graph.initializers().get("dense1.weight").shape()).isEqualTo(Shape.of(2, 10));
    assertThat(graph.inputs()).containsExactly(ValueInfo.batched("x", DType.FLOAT32, 2));
    assertThat(graph.outputs()).containsExactly(ValueInfo.batched("output", DType.FLOAT32, 1));
    assertThat(graph.nodes().getLast().outputs()).containsExactly("output");
  }

  @Test
  void everyNodeReadsWhatAnEarlierNodeWrote() {
    Graph graph =
        Network.input("image", 1, 28, 28)
            .conv2d(Conv.of(8, 3).same().withoutBias())
            .batchNorm()
            .silu()
            .residual(body -> body.conv2d(Conv.of(8, 3).padding(1)).relu())
            .maxPool2d(2)
            .dropout(0.25)
            .globalAveragePool()
            .dense(10)
            .logSoftmax()
            .outputName("scores")
            .build()
            .graph();
    var known = new java.util.HashSet<>(graph.initializers().keySet());
    graph.inputs().forEach(input -> known.add(input.name()));
    for (Node node : graph.nodes()) {
      assertThat(known).as(node.describe()).containsAll(node.inputs());
      node.outputs().forEach(output -> assertThat(known.add(output)).as(output).isTrue());
    }
    assertThat(known).contains("scores");
  }

  static Stream<Arguments> shapes() {
    return Stream.of(
        shape("conv keeps kernel-1 less", n -> n.conv2d(16, 3), 16, 30, 46),
        shape("same keeps the size", n -> n.conv2d(Conv.of(16, 5).same()), 16, 32, 48),
        shape("same with an even kernel", n -> n.conv2d(Conv.of(16, 4).same()), 16, 32, 48),
        shape("stride and padding", n -> n.conv2d(Conv.of(8, 3).stride(2).padding(1)), 8, 16, 24),
        shape("dilation", n -> n.conv2d(Conv.of(8, 3).dilation(2, 3)), 8, 28, 42),
        shape("kernel per axis", n -> n.conv2d(Conv.of(8, 1, 5)), 8, 32, 44),
        shape("pool rounds down", n -> n.conv2d(8, 2).maxPool2d(2), 8, 15, 23),
        shape("average pool", n -> n.averagePool2d(Window.of(3).padding(1)), 4, 32, 48),
        shape("global pool leaves channels", Network::globalAveragePool, 4),
        shape("flatten", Network::flatten, 4 * 32 * 48),
        shape("flatten then dense", n -> n.flatten().dense(3), 3),
        shape("reshape", n -> n.reshape(128, 48), 128, 48),
        shape("dense on steps", n -> n.reshape(128, 48).dense(7), 128, 7),
        shape("transpose", n -> n.transpose(1, 2, 0), 32, 48, 4),
        shape("conv1d", n -> n.reshape(128, 48).conv1d(Conv.of(6, 9).stride(4)), 6, 10),
        shape("max pool 1d", n -> n.reshape(128, 48).maxPool1d(5), 128, 9),
        shape("average pool 1d", n -> n.reshape(128, 48).averagePool1d(6), 128, 8),
        shape("norms and activations", NetworkTest::everyActivation, 4, 32, 48),
        shape(
            "residual with shortcut",
            n ->
                n.residual(
                    b -> b.conv2d(Conv.of(8, 3).stride(2).padding(1)),
                    s -> s.conv2d(Conv.of(8, 1).stride(2))),
            8,
            16,
            24));
  }

  private static void everyActivation(Network n) {
    n.batchNorm().layerNorm().relu().leakyRelu(0.1f).elu().gelu().tanh().sigmoid().silu();
    n.hardSwish().softplus().softmax().logSoftmax().dropout(0.5);
  }

  private static Arguments shape(String name, Consumer<Network> layers, long... expected) {
    return Arguments.of(name, layers, expected);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("shapes")
  void shapesAreTracked(String name, Consumer<Network> layers, long[] expected) {
    Network network = Network.input("x", 4, 32, 48);
    layers.accept(network);
    assertThat(network.shape()).isEqualTo(Shape.of(expected));
    assertThat(network.build().graph().outputs())
        .containsExactly(ValueInfo.batched("output", DType.FLOAT32, expected));
  }

  @Test
  void groupsDivideTheWeightsChannels() {
    Graph graph = Network.input("x", 8, 5, 5).conv2d(Conv.of(16, 3).groups(8)).build().graph();
    assertThat(graph.initializers().get("conv1.weight").shape()).isEqualTo(Shape.of(16, 1, 3, 3));
    assertThat(node(graph, "conv1").intAttribute("group", 1)).isEqualTo(8);
  }

  @Test
  void evenSameKernelsPadTheEndMore() {
    Graph graph = Network.input("x", 1, 5, 5).conv2d(Conv.of(1, 4, 2).same()).build().graph();
    assertThat(node(graph, "conv1").attributes().get("pads")).isEqualTo(Attribute.ints(1, 0, 2, 1));
  }

  @Test
  void tokensAreEmbeddedByGather() {
    Graph graph = Network.tokens("ids", 12).embedding(100, 16).flatten().dense(2).build().graph();
    assertThat(graph.inputs()).containsExactly(ValueInfo.batched("ids", DType.INT64, 12));
    assertThat(node(graph, "embedding1").inputs()).containsExactly("embedding1.weight", "ids");
    assertThat(graph.initializers().get("dense1.weight").shape()).isEqualTo(Shape.of(192, 2));
  }

  @Test
  void reshapeKeepsTheBatchSizeOpen() {
    Graph graph = Network.input("x", 6).reshape(2, 3).build().graph();
    assertThat(graph.initializers().get("reshape1.shape").toLongs()).containsExactly(0, 2, 3);
  }

  @Test
  void sameSeedGivesTheSameBytes() {
    assertThat(bytes(moons(7))).isEqualTo(bytes(moons(7)));
    assertThat(bytes(moons(7))).isNotEqualTo(bytes(moons(8)));
  }

  @Test
  void aWeightDoesNotDependOnTheSizesBeforeIt() {
    Tensor small =
        Network.input("x", 2)
            .dense(3)
            .dense(Dense.of(4))
            .build()
            .graph()
            .initializers()
            .get("dense1.weight");
    Tensor withMore =
        Network.input("x", 2)
            .dense(3)
            .relu()
            .dense(50)
            .build()
            .graph()
            .initializers()
            .get("dense1.weight");
    assertThat(withMore.toFloats()).isEqualTo(small.toFloats());
  }

  private static List<List<Float>> bytes(OnnxModel model) {
    return model.graph().initializers().values().stream()
        .map(t -> {
          float[] floats = t.toFloats();
          return java.util.stream.IntStream.range(0, floats.length)
              .mapToObj(i -> floats[i])
              .toList();
        })
        .toList();
  }

  /** With n samples the standard error of the variance is variance·√(2/n) or less: 5 of them. */
  @ParameterizedTest
  @org.junit.jupiter.params.provider.EnumSource(WeightInit.Scaled.class)
  void drawsHaveTheirVarianceAndBounds(WeightInit.Scaled init) {
    float[] w =
        Network.input("x", 300)
            .init(init)
            .dense(200)
            .seed(3)
            .build()
            .graph()
            .initializers()
            .get("dense1.weight")
            .toFloats();
    double expected =
        switch (init) {
          case HE_NORMAL, HE_UNIFORM -> 2.0 / 300;
          case GLOROT_NORMAL, GLOROT_UNIFORM -> 2.0 / 500;
        };
    double mean = 0;
    double square = 0;
    double max = 0;
    for (float v : w) {
      mean += v / (double) w.length;
      square += v * (double) v / w.length;
      max = Math.max(max, Math.abs(v));
    }
    assertThat(Math.abs(mean)).isLessThan(5 * Math.sqrt(expected / w.length));
    assertThat(Math.abs(square / expected - 1)).isLessThan(5 * Math.sqrt(2.0 / w.length));
    if (init == WeightInit.HE_UNIFORM || init == WeightInit.GLOROT_UNIFORM) {
      double bound = Math.sqrt(3 * expected);
      assertThat(max).isLessThanOrEqualTo((float) bound).isGreaterThan(0.99 * bound);
    } else {
      assertThat(max).isGreaterThan(3.5 * Math.sqrt(expected));
    }
  }

  @Test
  void normsStartAsTheIdentity() {
    Graph graph = Network.input("x", 3, 4, 4).batchNorm().build().graph();
    assertThat(graph.initializers().get("bn1.scale").toFloats()).containsOnly(1);
    assertThat(graph.initializers().get("bn1.bias").toFloats()).containsOnly(0);
    assertThat(graph.initializers().get("bn1.mean").toFloats()).containsOnly(0);
    assertThat(graph.initializers().get("bn1.variance").toFloats()).containsOnly(1);
  }

  @Test
  void aNetworkCanBeContinuedAfterABuild() {
    Network network = Network.input("x", 2).dense(3);
    assertThat(network.build().graph().nodes()).hasSize(2);
    Graph longer = network.relu().build().graph();
    assertThat(longer.nodes().getLast().inputs()).containsExactly("dense1.add.output");
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        mistake(
            n -> n.conv2d(8, 3).dense(10),
            "dense1: needs [features] or [steps, features], got [8, 6, 6];"
                + " add flatten() before it"),
        mistake(n -> n.flatten().conv2d(8, 3), "conv1: needs [channels, height, width], got [192]"),
        mistake(n -> n.conv1d(8, 3), "conv1: needs [channels, length], got [3, 8, 8]"),
        mistake(
            n -> n.conv2d(8, 9),
            "conv1: input [3, 8, 8]: a kernel that spans 9 does not fit into 8"
                + " (size 8 with padding) on spatial axis 0"),
        mistake(
            n -> n.conv2d(Conv.of(8, 3).groups(2)),
            "conv1: 2 groups do not divide the 3 input channels"),
        mistake(
            n -> n.conv2d(Conv.of(8, 3, 3, 3)),
            "conv1: kernel must have 1 or 2 entries, got [3, 3, 3]"),
        mistake(
            n -> n.maxPool2d(Window.of(2).padding(2)),
            "maxpool1: padding must be smaller than the kernel 2, got 2"),
        mistake(n -> n.reshape(5, 5), "reshape1: [3, 8, 8] holds 192 elements, [5, 5] needs 25"),
        mistake(
            n -> n.transpose(0, 0, 1),
            "transpose1: axes must be a permutation of the 3 axes of [3, 8, 8], got [0, 0, 1]"),
        mistake(n -> n.dropout(1), "dropout1: probability must be in [0, 1), got 1.0"),
        mistake(
            n -> n.residual(b -> b.conv2d(4, 1)),
            "residual1: the body gives [4, 8, 8], the shortcut [3, 8, 8];"
                + " give both the same shape"),
        mistake(
            n -> n.embedding(10, 4),
            "embedding1: needs token numbers (INT64), got FLOAT32; begin with Network.tokens"),
        mistake(n -> n.dense(0), "units must be at least 1, got 0"),
        mistake(n -> n.conv2d(0, 3), "filters must be at least 1, got 0"),
        mistake(n -> n.conv2d(Conv.of(8, 3).stride(0)), "stride must be at least 1, got 0"),
        mistake(Network::build, "the network has no layers after input x"),
        mistake(n -> n.relu().outputName("x").build(), "input and output are both named x"));
  }

  private static Arguments mistake(Consumer<Network> layers, String message) {
    return Arguments.of(layers, message);
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("mistakes")
  void mistakesAreOneLineThatNamesTheLayer(Consumer<Network> layers, String message) {
    assertThatThrownBy(() -> layers.accept(Network.input("x", 3, 8, 8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void tokensMustBeEmbeddedFirst() {
    assertThatThrownBy(() -> Network.tokens("ids", 4).dense(3))
        .hasMessage("dense1: needs FLOAT32, got INT64; add an embedding() before it");
  }
}
