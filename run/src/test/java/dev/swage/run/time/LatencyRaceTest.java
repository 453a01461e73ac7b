package dev.swage.run.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class LatencyRaceTest {
  private static ModelSession products(int count) {
    Graph.Builder graph =
        Graph.builder("products")
            .input(ValueInfo.of("x0", DType.FLOAT32, Shape.of(64, 64)))
            .output(ValueInfo.of("x" + count, DType.FLOAT32, Shape.of(64, 64)));
    for (int i = 0; i < count; i++) {
      graph.node(Node.of("n" + i, "MatMul", List.of("x" + i, "x" + i), "x" + (i + 1)));
    }
    byte[] bytes = OnnxWriter.toBytes(OnnxModel.of(graph.build()));
    return ModelSession.open("products", bytes, SessionOptions.defaults());
  }

  @Test
  void aHundredProductsLoseToOne() {
    List<Tensor> inputs = List.of(Tensor.ofFloats(Shape.of(64, 64), new float[64 * 64]));
    LatencyRace race = new LatencyRace(Duration.ofMillis(20), Duration.ofMillis(200));
    try (ModelSession many = products(100);
        ModelSession one = products(1)) {
      Latency.Pair pair = race.run(many, one, inputs);
      assertThat(pair.ratio()).isGreaterThan(1);
      assertThat(pair.first().runs()).isEqualTo(pair.second().runs()).isGreaterThanOrEqualTo(20);
    }
  }

  @Test
  void decidedIsWhatChanceWouldNotDo() {
    assertThat(LatencyRace.isDecided(50, 100)).isFalse();
    assertThat(LatencyRace.isDecided(65, 100)).isFalse();
    assertThat(LatencyRace.isDecided(66, 100)).isTrue();
    assertThat(LatencyRace.isDecided(34, 100)).isTrue();
    assertThat(LatencyRace.isDecided(0, 0)).isFalse();
  }

  @Test
  void limitsAreInOrder() {
    assertThatThrownBy(() -> new LatencyRace(Duration.ofSeconds(2), Duration.ofSeconds(1)))
        .hasMessage("a race takes at least 0 and at most no less than that, got PT2S and PT1S");
  }
}
