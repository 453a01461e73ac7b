package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.clip.ParameterInfo;
import dev.swage.clip.ParameterRole;
import dev.swage.clip.UnitLayout;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ParameterInfosTest {
  private static Map<String, ParameterInfo> infos(OnnxModel model) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    model
        .graph()
        .initializers()
        .forEach((name, value) -> {
          if (value.dtype() == DType.FLOAT32) {
            shapes.put(name, value.shape());
          }
        });
    return ParameterInfos.of(model.graph(), shapes).stream()
        .collect(Collectors.toMap(ParameterInfo::name, Function.identity()));
  }

  @Test
  void roles_units_and_head_come_from_the_operators() {
    Map<String, ParameterInfo> infos =
        infos(
            Network.input("x", 1, 8, 8)
                .conv2d(6, 3)
                .batchNorm()
                .relu()
                .flatten()
                .dense(4)
                .seed(1)
                .build());
    ParameterInfo kernel = infos.get("conv1.weight");
    assertThat(kernel.role()).isEqualTo(ParameterRole.WEIGHT);
    assertThat(kernel.units()).isEqualTo(new UnitLayout(6, 9));
    assertThat(kernel.head()).isFalse();
    assertThat(infos.get("bn1.scale").role()).isEqualTo(ParameterRole.NORM);
    ParameterInfo dense = infos.get("dense1.weight");
    assertThat(dense.role()).isEqualTo(ParameterRole.WEIGHT);
    assertThat(dense.units().units()).isEqualTo(4);
    assertThat(dense.head()).isTrue();
    ParameterInfo bias = infos.get("dense1.bias");
    assertThat(bias.role()).isEqualTo(ParameterRole.BIAS);
    assertThat(bias.units()).isEqualTo(new UnitLayout(1, 4));
    assertThat(bias.head()).isTrue();
  }

  @Test
  void the_output_axis_is_that_of_the_operator() {
    Shape square = Shape.of(3, 5);
    assertThat(UnitLayout.axis(square, 0)).isEqualTo(new UnitLayout(3, 5));
    assertThat(UnitLayout.axis(square, 1)).isEqualTo(new UnitLayout(5, 1));
    assertThat(UnitLayout.rows(Shape.of(2, 12, 4))).isEqualTo(new UnitLayout(24, 4));
    for (String operator : List.of("MatMul", "Gemm", "Conv")) {
      assertThat(infoOf(operator, Map.of()).units().units())
          .as(operator)
          .isEqualTo(operator.equals("Conv") ? 3 : 5);
    }
    assertThat(infoOf("Gemm", Map.of("transB", 1L)).units().units()).isEqualTo(3);
    assertThat(infoOf("LSTM", Map.of()).role()).isEqualTo(ParameterRole.WEIGHT);
  }

  /** A graph of one operator that reads {@code w} of shape [3, 5] as its second input. */
  private static ParameterInfo infoOf(String operator, Map<String, Long> attributes) {
    Node node = Node.of("n", operator, List.of("x", "w"), "y");
    for (Map.Entry<String, Long> attribute : attributes.entrySet()) {
      node = node.with(attribute.getKey(), new Attribute.IntValue(attribute.getValue()));
    }
    Graph graph = Graph.builder("g").node(node).build();
    return ParameterInfos.of(graph, Map.of("w", Shape.of(3, 5))).getFirst();
  }

  /** An operator reads {@code w} of shape [3, 5, 7] (of [3, 5] for Gemm) at one input. */
  @ParameterizedTest
  @CsvSource({
    "MatMul, 0, '', WEIGHT, 5 7",
    "MatMul, 1, '', WEIGHT, 7 1",
    "Gemm, 0, '', WEIGHT, 3 5",
    "Gemm, 0, transA, WEIGHT, 5 1",
    "Gemm, 1, '', WEIGHT, 5 1",
    "Gemm, 1, transB, WEIGHT, 3 5",
    "Gemm, 2, '', BIAS, 1 15",
    "Conv, 1, '', WEIGHT, 3 35",
    "Conv, 2, '', BIAS, 1 105",
    "ConvTranspose, 1, '', WEIGHT, 5 7",
    "ConvTranspose, 1, group, WEIGHT, 5 7",
    "LSTM, 1, '', WEIGHT, 15 7",
    "LSTM, 2, '', RECURRENT, 15 7",
    "GRU, 3, '', BIAS, 1 105",
    "LSTM, 7, '', BIAS, 1 105",
    "Gather, 0, '', EMBEDDING, 3 35",
    "Gather, 0, axis, EMBEDDING, 3 35",
    "Add, 0, '', BIAS, 1 105",
    "Add, 1, '', BIAS, 1 105",
    "Mul, 1, '', NORM, 1 105",
    "BatchNormalization, 1, '', NORM, 1 105",
    "BatchNormalization, 4, '', NORM, 1 105",
    "LayerNormalization, 0, '', NORM, 1 105",
    "GroupNormalization, 2, '', NORM, 1 105",
    "InstanceNormalization, 1, '', NORM, 1 105",
    "DequantizeLinear, 0, '', WEIGHT, 3 35",
    "DequantizeLinear, 1, '', QUANTIZER, 1 105",
    "QuantizeLinear, 2, '', QUANTIZER, 1 105",
    "Sub, 1, '', WEIGHT, 3 35",
    "Relu, 0, '', WEIGHT, 3 35"
  })
  void role_and_units_of_each_place(
      String operator, int input, String attribute, ParameterRole role, String units) {
    Node node = Node.of("n", operator, reading(input), "y");
    long value = attribute.equals("group") ? 3 : 1;
    node = attribute.isEmpty() ? node : node.with(attribute, new Attribute.IntValue(value));
    Shape shape = operator.equals("Gemm") ? Shape.of(3, 5) : Shape.of(3, 5, 7);
    ParameterInfo info = info(Graph.builder("g").node(node).build(), shape);
    assertThat(info.role()).isEqualTo(role);
    assertThat(info.units().units() + " " + info.units().inner()).isEqualTo(units);
  }

  @ParameterizedTest
  @CsvSource({
    "Identity, 7",
    "Transpose, 3",
    "Reshape, 3",
    "Flatten, 3",
    "Squeeze, 3",
    "Unsqueeze, 3"
  })
  void units_are_followed_through_what_moves(String mover, int units) {
    Graph graph =
        Graph.builder("g")
            .node(Node.of("a", mover, List.of("w"), "v"))
            .node(Node.of("m", "MatMul", List.of("x", "v"), "y"))
            .build();
    assertThat(info(graph, Shape.of(3, 5, 7)).units().units()).isEqualTo(units);
  }

  private static List<String> reading(int input) {
    return IntStream.rangeClosed(0, input).mapToObj(i -> i == input ? "w" : "x").toList();
  }

  private static ParameterInfo info(Graph graph, Shape shape) {
    return ParameterInfos.of(graph, Map.of("w", shape)).getFirst();
  }
}
