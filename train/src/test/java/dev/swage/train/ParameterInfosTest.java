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
import org.junit.jupiter.api.Test;

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
}
