package dev.swage.run.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.RunException;
import dev.swage.run.time.NodeProfile.TimedNode;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeProfilerTest {
  private static final OnnxModel MODEL =
      OnnxModel.of(
          Graph.builder("net")
              .input(ValueInfo.batched("x", DType.FLOAT32, 256))
              .output(ValueInfo.batched("y", DType.FLOAT32, 256))
              .node(Node.of("product", "MatMul", List.of("x", "w"), "p"))
              .node(Node.of("curve", "Tanh", List.of("p"), "t"))
              .node(Node.of("sum", "Add", List.of("t", "x"), "y"))
              .initializer("w", Tensor.ofFloats(Shape.of(256, 256), new float[256 * 256]))
              .build());
  private static final List<Tensor> SAMPLE =
      List.of(Tensor.ofFloats(Shape.of(64, 256), new float[64 * 256]));

  @TempDir private Path folder;

  @Test
  void everyNodeOfTheOptimizedGraphIsTimed() {
    try (NodeProfiler profiler = NodeProfiler.open("net", MODEL, SAMPLE)) {
      for (int i = 0; i < 12; i++) {
        assertThat(profiler.run()).isPositive();
      }
      assertThat(profiler.nodes()).isEqualTo(3);
      NodeProfile profile = profiler.finish(2);
      assertThat(profile.runs()).isEqualTo(10);
      assertThat(profile.nodes())
          .extracting(timed -> timed.node().opType())
          .containsExactly("MatMul", "Tanh", "Add");
      assertThat(profile.nodes().getFirst().millis()).isPositive();
      assertThat(profile.millis())
          .isEqualTo(profile.nodes().stream().mapToDouble(TimedNode::millis).sum());
    }
  }

  @Test
  void errorsCarryTheNameOfTheModel() {
    try (NodeProfiler profiler = NodeProfiler.open("net", MODEL, SAMPLE)) {
      profiler.run();
      assertThatThrownBy(() -> profiler.finish(1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("net: 1 runs leave none after 1 to warm up");
    }
    assertThatThrownBy(() -> NodeProfiler.open("net", MODEL, List.of()))
        .isInstanceOf(RunException.class)
        .hasMessage("net wants 1 input ('x' FLOAT32[batch, 256]), got 0");
  }

  @Test
  void timesAreThoseOfTheFastestQuarterOfRuns() throws IOException {
    Path file = folder.resolve("profile.json");
    StringBuilder json = new StringBuilder("[\n");
    // The first run warms up; a node that runs twice in a run takes both times.
    for (int micros : new int[] {99, 8, 6, 90, 5, 70, 7, 60, 80}) {
      json.append(event("Node", "a_kernel_time", micros))
          .append(event("Node", "a_fence_before", 1000))
          .append(event("Node", "b_kernel_time", 3))
          .append(event("Node", "b_kernel_time", 4))
          .append(event("Session", "model_run", 1000));
    }
    Files.writeString(file, json.append(event("Session", "end", 0).replace(",\n", "]")));
    assertThat(ProfileReader.millis(file, 1)).isEqualTo(Map.of("a", 0.0055, "b", 0.007));
  }

  private static String event(String category, String name, int micros) {
    return """
    {"cat" : "%s","dur" :%d,"name" :"%s","args" : {"shapes" : [{"float":[1,3]}],"dur" : "7"}},
    """
        .formatted(category, micros, name);
  }
}
