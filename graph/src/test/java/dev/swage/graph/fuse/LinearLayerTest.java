package dev.swage.graph.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinearLayerTest {
  /** Channel of each element of a weight of ones, seen by factors 0, 1, 2 … of the channels. */
  @ParameterizedTest(name = "{0} {1} {2}")
  @CsvSource({
    "MatMul, '', 2 3, 0 1 2 0 1 2",
    "Gemm, '', 2 3, 0 1 2 0 1 2",
    "Gemm, transB=1, 2 3, 0 0 0 1 1 1",
    "Conv, '', 2 1 2, 0 0 1 1",
    "Conv, group=2, 2 1 2, 0 0 1 1",
    "ConvTranspose, '', 2 3 1, 0 1 2 0 1 2",
    "ConvTranspose, group=2, 4 2 1, 0 1 0 1 2 3 2 3",
    "ConvTranspose, group=2, 2 1 2, 0 0 1 1",
    "ConvTranspose, group=4, 4 2 1, 0 1 2 3 4 5 6 7"
  })
  void eachElementIsOfItsOutputChannel(
      String operator, String attribute, String dims, String channels) {
    Node node = Node.of("n", operator, List.of("x", "w"), "y");
    if (!attribute.isEmpty()) {
      String[] parts = attribute.split("=");
      node = node.with(parts[0], Attribute.of(Long.parseLong(parts[1])));
    }
    Shape shape = Shape.of(Arrays.stream(dims.split(" ")).mapToLong(Long::parseLong).toArray());
    float[] ones = new float[Math.toIntExact(shape.elements())];
    Arrays.fill(ones, 1);
    double[] factors = IntStream.range(0, 8).asDoubleStream().toArray();
    LinearLayer layer = new LinearLayer(node, Tensor.ofFloats(shape, ones), new double[8]);
    float[] expected = new float[ones.length];
    List<String> words = List.of(channels.split(" "));
    for (int i = 0; i < expected.length; i++) {
      expected[i] = Float.parseFloat(words.get(i));
    }
    assertThat(layer.scaledWeight(factors).toFloats()).containsExactly(expected);
    assertThat(layer.isConvolution()).isEqualTo(operator.startsWith("Conv"));
  }

  @Test
  void anotherOperatorIsNoLayer() {
    Node node = Node.of("n", "LSTM", List.of("x", "w", "r"), "y");
    Tensor weight = Tensor.ofFloats(Shape.of(1, 1, 1), 1);
    assertThatThrownBy(() -> new LinearLayer(node, weight, new double[1]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("node 'n' (LSTM) has no weight of a product or convolution at input 1");
  }
}
