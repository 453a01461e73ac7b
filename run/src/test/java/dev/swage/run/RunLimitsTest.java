package dev.swage.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.limit.RunLimits;
import dev.swage.run.watch.ProcessMemory;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RunLimitsTest {
  private static final List<Tensor> ONE = List.of(Tensor.ofFloats(Shape.of(1, 4), 1, 2, 3, 4));

  @AfterEach
  void asBefore() {
    RunLimits.set(RunLimits.defaults());
  }

  private static Graph.Builder graph() {
    return Graph.builder("g")
        .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(1, 4)))
        .output(new ValueInfo("y", Optional.of(DType.FLOAT32), Optional.empty()));
  }

  /** Adds 1 as often as a loop can count. */
  private static OnnxModel endless() {
    Graph body =
        Graph.builder("body")
            .input(ValueInfo.of("i", DType.INT64, Shape.of()))
            .input(ValueInfo.of("go", DType.BOOL, Shape.of()))
            .input(ValueInfo.of("s", DType.FLOAT32, Shape.of(1, 4)))
            .node(Node.of("same", "Identity", List.of("go"), "on"))
            .node(Node.of("add", "Add", List.of("s", "x"), "t"))
            .output(ValueInfo.of("on", DType.BOOL, Shape.of()))
            .output(ValueInfo.of("t", DType.FLOAT32, Shape.of(1, 4)))
            .build();
    return OnnxModel.of(
        graph()
            .initializer("times", Tensor.ofLongs(Shape.of(), Long.MAX_VALUE))
            .node(
                Node.of("loop", "Loop", List.of("times", "", "x"), "y")
                    .with("body", Attribute.of(body)))
            .build());
  }

  /** Puts its input together with itself, again and again. */
  private static OnnxModel doubling(int times) {
    Graph.Builder graph = graph();
    String last = "x";
    for (int i = 0; i < times; i++) {
      String next = i == times - 1 ? "y" : "v" + i;
      graph.node(
          Node.of("c" + i, "Concat", List.of(last, last), next).with("axis", Attribute.of(0)));
      last = next;
    }
    return OnnxModel.of(graph.build());
  }

  @Test
  void aLoopWithoutEndIsStopped() {
    RunLimits.set(RunLimits.defaults().withTime(Duration.ofMillis(300)));
    try (ModelSession session =
        ModelSession.open("endless", endless(), SessionOptions.defaults())) {
      assertThatThrownBy(() -> session.run(ONE))
          .isInstanceOfSatisfying(RunException.class, e -> assertThat(e.isLimited()).isTrue())
          .hasMessage(
              "endless: a run takes longer than the 0.3 s that one may; --run-seconds and"
                  + " --run-memory set what a run may take");
    }
  }

  @Test
  void aRunThatTakesTooMuchMemoryIsStopped() {
    RunLimits.set(RunLimits.defaults().withMemory(256L << 20));
    try (ModelSession session =
        ModelSession.open("doubling", doubling(34), SessionOptions.defaults())) {
      assertThatThrownBy(() -> session.run(ONE))
          .isInstanceOfSatisfying(RunException.class, e -> assertThat(e.isLimited()).isTrue())
          .hasMessageContaining("above the 268,435,456 that one may");
    }
  }

  @Test
  void aSessionRunsOnAfterARunThatWasStopped() {
    RunLimits.set(RunLimits.defaults().withMemory(64L << 20));
    OnnxModel model = doubling(26);
    try (ModelSession session = ModelSession.open("m", model, SessionOptions.defaults())) {
      assertThatThrownBy(() -> session.run(ONE)).isInstanceOf(RunException.class);
      RunLimits.set(RunLimits.defaults());
      assertThat(session.run(ONE).getFirst().shape()).isEqualTo(Shape.of(1 << 26, 4));
    }
  }

  /** What the optimizer computes when it loads a model cannot be stopped, so it computes little. */
  @Test
  void constantsThatGrowAreNotComputedAhead() {
    Graph.Builder graph = graph().initializer("w", Tensor.ofFloats(Shape.of(1, 4), 1, 2, 3, 4));
    String last = "w";
    for (int i = 0; i < 32; i++) {
      graph.node(
          Node.of("c" + i, "Concat", List.of(last, last), "v" + i).with("axis", Attribute.of(0)));
      last = "v" + i;
    }
    graph.node(Node.of("sum", "Add", List.of("x", last), "y"));
    long before = ProcessMemory.bytes();
    try (ModelSession session =
        ModelSession.open("m", OnnxModel.of(graph.build()), SessionOptions.defaults())) {
      assertThat(session.inputs()).hasSize(1);
      assertThat(ProcessMemory.bytes() - before).isLessThan(512L << 20);
    }
  }
}
