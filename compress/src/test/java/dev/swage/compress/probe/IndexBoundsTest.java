package dev.swage.compress.probe;

import static dev.swage.compress.probe.ProbeModels.cast;
import static dev.swage.compress.probe.ProbeModels.find;
import static dev.swage.compress.probe.ProbeModels.source;
import static dev.swage.compress.probe.ProbeModels.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.onnx.RandomWeights;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Integers that index tables stay below their rows and use them. */
class IndexBoundsTest {
  private static final int INT64 = 7;

  @TempDir private Path folder;

  private static Graph.Builder ids(DType dtype, String... dims) {
    return Graph.builder("ids").input(value("ids", dtype, dims));
  }

  private static Map<String, IndexBounds.Bound> rows(long rows) {
    return Map.of("ids", new IndexBounds.Bound.Rows(rows));
  }

  @ParameterizedTest
  @CsvSource({"INT64, 500, 24, 0, 500", "INT32, 24, 90, 1, 90", "INT64, 24, 77, -1, 77"})
  void tables(DType dtype, int first, int second, int axis, long rows) {
    Graph graph =
        ids(dtype, "n", "length")
            .output(value("y", DType.FLOAT32, "?", "?", "?"))
            .initializer("table", RandomWeights.of(1, first, second))
            .node(
                Node.of("look", "Gather", List.of("table", "ids"), "y")
                    .with("axis", Attribute.of(axis)))
            .build();
    assertThat(IndexBounds.of(graph)).isEqualTo(rows(rows));
    ProbeSource probes = source(find(folder, graph));
    double[] drawn = ProbeModels.elements(probes.samples().getFirst().getFirst());
    assertThat(Arrays.stream(drawn).max().orElseThrow()).isBetween(rows / 2.0, rows - 1.0);
  }

  @Test
  void throughNodesThatMoveAndShift() {
    Graph graph =
        ids(DType.INT32, "n", "length")
            .output(value("y", DType.FLOAT32, "?", "?", "?"))
            .initializer("table", RandomWeights.of(1, 60, 8))
            .initializer("two", Tensor.ofLongs(Shape.of(), 2))
            .initializer("axes", Tensor.ofLongs(Shape.of(1), 0))
            .node(cast("ids", "wide", INT64))
            .node(Node.of("turn", "Transpose", List.of("wide"), "turned"))
            .node(Node.of("more", "Unsqueeze", List.of("turned", "axes"), "deep"))
            .node(Node.of("shift", "Add", List.of("two", "deep"), "shifted"))
            .node(
                Node.of("both", "Concat", List.of("shifted", "shifted"), "joined")
                    .with("axis", Attribute.of(1)))
            .node(Node.of("look", "Gather", List.of("table", "joined"), "y"))
            .build();
    assertThat(IndexBounds.of(graph)).isEqualTo(rows(58));
  }

  @Test
  void theSmallestOfSeveralTables() {
    Graph graph =
        ids(DType.INT64, "n", "length")
            .output(value("y", DType.FLOAT32, "?", "?", "?"))
            .initializer("large", RandomWeights.of(1, 60, 8))
            .initializer("small", RandomWeights.of(2, 12, 8))
            .node(Node.of("a", "Gather", List.of("large", "ids"), "p"))
            .node(Node.of("b", "Gather", List.of("small", "ids"), "q"))
            .node(Node.of("sum", "Add", List.of("p", "q"), "y"))
            .build();
    assertThat(IndexBounds.of(graph)).isEqualTo(rows(12));
  }

  @Test
  void tablesOfCodes() {
    Graph graph =
        ids(DType.INT64, "n", "length")
            .output(value("y", DType.FLOAT32, "?", "?", "?"))
            .initializer("codes", Tensor.ofBytes(DType.INT8, Shape.of(33, 4), new int[132]))
            .initializer("scale", Tensor.ofFloats(Shape.of(), 0.1f))
            .node(Node.of("table", "DequantizeLinear", List.of("codes", "scale"), "table"))
            .node(Node.of("look", "Gather", List.of("table", "ids"), "y"))
            .build();
    assertThat(IndexBounds.of(graph)).isEqualTo(rows(33));
  }

  @Test
  void depthsOfOneHot() {
    Graph graph =
        ids(DType.INT64, "n", "length")
            .output(value("y", DType.FLOAT32, "?", "?", "?"))
            .initializer("depth", Tensor.ofLongs(Shape.of(1), 19))
            .initializer("values", Tensor.ofFloats(Shape.of(2), 0, 1))
            .node(Node.of("hot", "OneHot", List.of("ids", "depth", "values"), "y"))
            .build();
    assertThat(IndexBounds.of(graph)).isEqualTo(rows(19));
  }

  @Test
  void whatIsNoIndexHasNoBound() {
    Graph graph =
        ids(DType.INT64, "n", "length")
            .output(value("y", DType.FLOAT32, "?", "?"))
            .node(cast("ids", "y", 1))
            .build();
    assertThat(IndexBounds.of(graph)).isEmpty();
  }
}
