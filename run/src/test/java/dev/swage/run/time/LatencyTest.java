package dev.swage.run.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.run.ModelSession;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LatencyTest {
  private static final List<Tensor> IMAGE =
      List.of(Tensor.ofFloats(Shape.of(1, 1, 28, 28), new float[784]));

  @Test
  void percentilesAreNearestRank() {
    long[] shuffled = LongStream.rangeClosed(1, 100).map(i -> i * 37 % 101 * 1_000_000).toArray();
    assertThat(LatencyStats.ofNanos(shuffled)).isEqualTo(new LatencyStats(50, 95, 50.5, 100));
    assertThat(LatencyStats.ofNanos(new long[] {2_000_000}))
        .isEqualTo(new LatencyStats(2, 2, 2, 1));
  }

  @Test
  void comparisonTimesBothInTurn() {
    try (ModelSession first = ModelSession.open(mnist());
        ModelSession second = ModelSession.open(mnist())) {
      Latency.Pair pair = Latency.compare(first, second, IMAGE, 2, 5);
      assertThat(pair.first().runs()).isEqualTo(5);
      assertThat(pair.second().p95()).isGreaterThanOrEqualTo(pair.second().p50()).isPositive();
      assertThat(pair.ratio()).isPositive();
    }
  }

  @Test
  void countsAreChecked() {
    try (ModelSession session = ModelSession.open(mnist())) {
      assertThatThrownBy(() -> Latency.measure(session, IMAGE, 0, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("warm-up must be at least 0 and runs at least 1, got 0 and 0");
    }
  }

  private static java.nio.file.Path mnist() {
    return SharedData.require("models/ort-examples/mnist.onnx");
  }
}
