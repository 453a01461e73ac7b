package dev.swage.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FreshNamesTest {
  private static final String LONG = "/model/encoder/layer.0/attention/self/query/MatMul_output_0";

  private static FreshNames taken(String... names) {
    Graph.Builder graph = Graph.builder("g");
    for (String name : names) {
      graph.node(Node.of(name, "Relu", List.of("x"), "y"));
    }
    return FreshNames.of(graph.build());
  }

  @Test
  void shortNamesStayReadable() {
    assertThat(FreshNames.brief("fc1.weight_zero_point")).isEqualTo("fc1.weight_zero_point");
    assertThat(taken("w_scale").added("w_scale")).isEqualTo("w_scale_2");
  }

  @Test
  void longNamesAreBriefUniqueAndTheSameEveryTime() {
    String scale = FreshNames.brief(LONG + "_scale");
    assertThat(scale).matches("[0-9a-f]{8}_scale").isEqualTo(taken().added(LONG + "_scale"));
    assertThat(FreshNames.brief(LONG + "_quantized")).matches("[0-9a-f]{8}_quantized");
    assertThat(FreshNames.brief(LONG + "1_scale")).isNotEqualTo(scale);
    assertThat(taken(scale).added(LONG + "_scale")).isEqualTo(scale + "_2");
  }

  @Test
  void namesWithoutAShortLastWordStay() {
    String plain = "a".repeat(60);
    assertThat(FreshNames.brief(plain)).isEqualTo(plain);
    assertThat(FreshNames.brief("a_" + plain)).isEqualTo("a_" + plain);
  }
}
