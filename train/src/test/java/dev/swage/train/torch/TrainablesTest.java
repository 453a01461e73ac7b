package dev.swage.train.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TrainablesTest {
  @Test
  void weights_biases_and_scales_are_trained_statistics_ratios_and_shapes_are_not() {
    Graph graph =
        Network.input("x", 2, 4, 4)
            .conv2d(3, 3)
            .batchNorm()
            .dropout(0.5)
            .reshape(12)
            .layerNorm()
            .dense(4)
            .build()
            .graph();
    assertThat(Trainables.of(graph))
        .containsExactly(
            "conv1.weight",
            "conv1.bias",
            "bn1.scale",
            "bn1.bias",
            "ln1.scale",
            "ln1.bias",
            "dense1.weight",
            "dense1.bias");
  }

  @Test
  void the_bias_of_one_unit_is_trained() {
    Graph graph = Network.input("x", 3).dense(1).build().graph();
    assertThat(Trainables.of(graph)).containsExactly("dense1.weight", "dense1.bias");
  }

  @Test
  void an_embedding_table_is_trained() {
    Graph graph = Network.tokens("x", 3).embedding(5, 2).build().graph();
    assertThat(Trainables.of(graph)).containsExactly("embedding1.weight");
  }

  @Test
  void scalar_factors_and_operands_of_other_arithmetic_stay_constant() {
    Tensor scalar = Tensor.ofFloats(Shape.of(1), 255);
    Tensor vector = Tensor.ofFloats(Shape.of(2), 1, 2);
    Graph graph =
        Graph.builder("g")
            .initializer("factor", scalar)
            .initializer("mean", vector)
            .initializer("gain", vector)
            .node(Node.of("a", "Mul", List.of("x", "factor"), "b"))
            .node(Node.of("c", "Sub", List.of("b", "mean"), "d"))
            .node(Node.of("e", "Mul", List.of("d", "gain"), "f"))
            .build();
    assertThat(Trainables.of(graph)).containsExactly("gain");
  }

  @Test
  void a_weight_that_is_reshaped_first_is_trained() {
    Graph graph =
        Graph.builder("g")
            .initializer("flat", Tensor.ofFloats(Shape.of(4), 1, 2, 3, 4))
            .initializer("shape", Tensor.ofLongs(Shape.of(2), 2, 2))
            .node(Node.of("r", "Reshape", List.of("flat", "shape"), "w"))
            .node(Node.of("m", "MatMul", List.of("x", "w"), "y"))
            .build();
    assertThat(Trainables.of(graph)).containsExactly("flat");
  }

  /** One node that reads an initializer of ones at each input; which of them are trained. */
  @ParameterizedTest
  @CsvSource({
    "MatMul, 2, 0 1",
    "Gemm, 3, 0 1 2",
    "Conv, 3, 1 2",
    "BatchNormalization, 5, 1 2",
    "LayerNormalization, 3, 1 2",
    "Gather, 2, 0",
    "RNN, 6, 1 2 3",
    "GRU, 6, 1 2 3",
    "LSTM, 8, 1 2 3 7",
    "Add, 2, 0 1",
    "Mul, 2, 0 1",
    "Sub, 2, ''",
    "Div, 2, ''",
    "Pow, 2, ''",
    "Clip, 3, ''",
    "Dropout, 3, ''",
    "Concat, 3, ''",
    "Relu, 1, ''"
  })
  void the_places_where_weights_are_read(String operator, int inputs, String trained) {
    for (long axis = 0; axis < 2; axis++) {
      Graph.Builder graph = Graph.builder("g");
      List<String> names = IntStream.range(0, inputs).mapToObj(Integer::toString).toList();
      names.forEach(name -> graph.initializer(name, Tensor.ofFloats(Shape.of(1, 2), 1, 1)));
      Node node = Node.of("n", operator, names, "y").with("axis", Attribute.of(axis));
      assertThat(String.join(" ", Trainables.of(graph.node(node).build()))).isEqualTo(trained);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Identity", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze"})
  void what_is_moved_first_is_trained(String mover) {
    assertThat(Trainables.of(moved(mover))).containsExactly("w");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Slice", "Gelu", "Expand", "Concat", "Cast", "Split"})
  void what_is_more_than_moved_first_is_not_trained(String operator) {
    assertThat(Trainables.of(moved(operator))).isEmpty();
  }

  private static Graph moved(String mover) {
    return Graph.builder("g")
        .initializer("w", Tensor.ofFloats(Shape.of(2), 1, 2))
        .node(Node.of("a", mover, List.of("w"), "v"))
        .node(Node.of("m", "MatMul", List.of("x", "v"), "y"))
        .build();
  }
}
