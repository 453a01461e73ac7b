package dev.swage.compress.probe;

import static dev.swage.compress.probe.ProbeModels.cast;
import static dev.swage.compress.probe.ProbeModels.convolution;
import static dev.swage.compress.probe.ProbeModels.elements;
import static dev.swage.compress.probe.ProbeModels.find;
import static dev.swage.compress.probe.ProbeModels.source;
import static dev.swage.compress.probe.ProbeModels.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.quant.range.Range;
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
import org.junit.jupiter.params.provider.EnumSource;

/** Inputs are found on which outputs vary. */
class ProbeSearchTest {
  @TempDir private Path folder;

  /** Labels of pixels: at one pixel, and of inputs that are alike, all are the same. */
  @ParameterizedTest
  @CsvSource({
    "1, n, h, w",
    "3, n, h, w",
    "3, 1, ?, ?",
    "3, 1, 48, 64",
    "3, n, 40, w",
    "8, n, h, h"
  })
  void labelsOfPixelsVary(String channels, String batch, String height, String width) {
    Graph graph =
        Graph.builder("labels")
            .input(value("x", DType.FLOAT32, batch, channels, height, width))
            .output(value("y", DType.INT64, "a", "b", "c"))
            .initializer("w", RandomWeights.of(1, 5, Integer.parseInt(channels), 3, 3))
            .node(convolution("x", "w", "h"))
            .node(
                Node.of("label", "ArgMax", List.of("h"), "y")
                    .with("axis", Attribute.of(1))
                    .with("keepdims", Attribute.of(0)))
            .build();
    ProbeSource probes = source(find(folder, graph));
    assertThat(probes.about().orElseThrow().unvaried()).isEmpty();
    for (List<Tensor> sample : probes.samples()) {
      long[] dims = sample.getFirst().shape().toArray();
      assertThat(dims[2]).isBetween(32L, 224L);
      assertThat(dims[3]).isBetween(32L, 224L);
    }
  }

  /** A head that says the same of everything but in the range it was made for. */
  @ParameterizedTest
  @CsvSource({
    "0, 255, 3, 16, 16",
    "0, 255, 4, 1, 30",
    "0, 1, 4, 1, 30",
    "-1, 1, 4, 5, 3",
    "0, 1, 3, 32, 24"
  })
  void rangesAreTried(float low, float high, String channels, String height, String width) {
    float middle = (low + high) / 2;
    float steep = 200 / (high - low);
    Graph graph =
        Graph.builder("range")
            .input(value("x", DType.FLOAT32, "n", channels, height, width))
            .output(value("y", DType.FLOAT32, "n", channels, "1", "1"))
            .initializer("middle", Tensor.ofFloats(Shape.of(), middle))
            .initializer("steep", Tensor.ofFloats(Shape.of(), steep))
            .node(Node.of("mean", "GlobalAveragePool", List.of("x"), "m"))
            .node(Node.of("sub", "Sub", List.of("m", "middle"), "s"))
            .node(Node.of("mul", "Mul", List.of("s", "steep"), "t"))
            .node(Node.of("sigmoid", "Sigmoid", List.of("t"), "y"))
            .build();
    assertThat(source(find(folder, graph)).about().orElseThrow().unvaried()).isEmpty();
  }

  /** Colour pictures, channels first or last; grey ones where nothing beside them looks like it. */
  @ParameterizedTest
  @CsvSource({
    "1, 3, 32, 40, false, true",
    "n, 48, 32, 3, false, true",
    "n, 3, h, w, true, true",
    "1, 1, 28, 28, false, true",
    "2, 1, 33, 16, true, false",
    "1, 8, 33, 16, false, false",
    "1, 3, 8, 8, false, false"
  })
  void picturesAreToldByTheirShape(
      String n, String a, String b, String c, boolean beside, boolean picture) {
    Graph.Builder graph =
        Graph.builder("pictures")
            .input(value("x", DType.FLOAT32, n, a, b, c))
            .output(value("y", DType.FLOAT32, n, a, b, c))
            .node(Node.of("relu", "Relu", List.of("x"), "y"));
    if (beside) {
      graph
          .input(value("cache", DType.FLOAT32, n, a, b, c))
          .output(value("z", DType.FLOAT32, n, a, b, c))
          .node(Node.of("tanh", "Tanh", List.of("cache"), "z"));
    }
    assertThat(source(find(folder, graph.build())).about().orElseThrow().described())
        .isEqualTo((picture ? "made-up pictures" : "values") + " of mean 0 and variance 1");
  }

  /** Where some values give NaN, others are taken. */
  @ParameterizedTest
  @CsvSource({"Log", "Sqrt"})
  void valuesThatGiveNumbersAreTaken(String operator) {
    Graph graph =
        Graph.builder("positive")
            .input(value("x", DType.FLOAT32, "n", "40"))
            .output(value("y", DType.FLOAT32, "n", "40"))
            .node(Node.of("f", operator, List.of("x"), "y"))
            .build();
    ProbeSource probes = source(find(folder, graph));
    assertThat(probes.about().orElseThrow().described()).isEqualTo("values from 0 to 1");
    assertThat(probes.about().orElseThrow().unvaried()).isEmpty();
  }

  /** Anchors do not depend on the input: no input can show what codes do to them. */
  @Test
  void outputsThatDoNotVaryAreNamed() {
    Graph graph =
        Graph.builder("anchors")
            .input(value("x", DType.FLOAT32, "n", "12"))
            .output(value("anchors", DType.FLOAT32, "12", "6"))
            .output(value("y", DType.FLOAT32, "n", "6"))
            .output(value("hardly", DType.FLOAT32, "n", "6"))
            .initializer("w", RandomWeights.of(1, 12, 6))
            .initializer("far", Tensor.ofFloats(Shape.of(), 1e4f))
            .node(Node.of("a", "Exp", List.of("w"), "anchors"))
            .node(Node.of("m", "MatMul", List.of("x", "w"), "y"))
            .node(Node.of("o", "Add", List.of("y", "far"), "hardly"))
            .build();
    assertThat(source(find(folder, graph)).about().orElseThrow().unvaried())
        .containsExactly("anchors", "hardly");
  }

  /** Inputs of which some run and some do not: each is tried by itself. */
  @ParameterizedTest
  @CsvSource({"1", "2", "3"})
  void inputsThatRunAreUsed(String length) {
    Graph graph =
        Graph.builder("some")
            .input(value("ids", DType.INT64, length))
            .input(value("x", DType.FLOAT32, "n", "8"))
            .output(value("y", DType.FLOAT32, length, "6"))
            .output(value("z", DType.FLOAT32, "n", "8"))
            .initializer("table", RandomWeights.of(1, 3, 6))
            .initializer("five", Tensor.ofLongs(Shape.of(), 5))
            .node(Node.of("times", "Mul", List.of("ids", "five"), "far"))
            .node(Node.of("look", "Gather", List.of("table", "far"), "y"))
            .node(Node.of("relu", "Relu", List.of("x"), "z"))
            .build();
    ProbeSource probes = source(find(folder, graph));
    assertThat(probes.samples()).isNotEmpty();
    for (List<Tensor> sample : probes.samples()) {
      assertThat(elements(sample.getFirst())).containsOnly(0);
    }
  }

  /** Edges between nodes of a graph, which the model takes from another input. */
  @ParameterizedTest
  @CsvSource({"nodes, edges", "9, edges", "9, 20", "?, ?"})
  void edgesStayBelowTheNumberOfNodes(String nodes, String edges) {
    Graph graph =
        Graph.builder("graph")
            .input(value("x", DType.FLOAT32, nodes, "8"))
            .input(value("edge_index", DType.INT64, "2", edges))
            .output(value("y", DType.FLOAT32, edges, "6"))
            .initializer("w", RandomWeights.of(1, 8, 6))
            .initializer("zero", Tensor.ofLongs(Shape.of(), 0))
            .node(Node.of("product", "MatMul", List.of("x", "w"), "h"))
            .node(Node.of("relu", "Relu", List.of("h"), "r"))
            .node(Node.of("from", "Gather", List.of("edge_index", "zero"), "source"))
            .node(Node.of("look", "Gather", List.of("r", "source"), "y"))
            .build();
    ProbeSource probes = source(find(folder, graph));
    assertThat(probes.samples()).hasSize(3);
    assertThat(probes.about().orElseThrow().unvaried()).isEmpty();
    Tensor x = probes.samples().getFirst().getFirst();
    double[] indices = elements(probes.samples().getFirst().get(1));
    assertThat(Arrays.stream(indices).max().orElseThrow()).isLessThan((double) x.shape().dim(0));
    assertThat(Arrays.stream(indices).distinct().count()).isGreaterThan(2);
  }

  /** Inputs of every type hold more than zeros. */
  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {
        "FLOAT32",
        "FLOAT64",
        "FLOAT16",
        "BFLOAT16",
        "INT64",
        "INT32",
        "INT16",
        "INT8",
        "UINT8",
        "BOOL"
      })
  void inputsOfEveryTypeVary(DType dtype) {
    Graph graph =
        Graph.builder("typed")
            .input(value("x", dtype, "n", "40"))
            .output(value("y", DType.FLOAT32, "n", "40"))
            .node(cast("x", "y", 1))
            .build();
    ProbeSource probes = source(find(folder, graph));
    assertThat(probes.about().orElseThrow().unvaried()).isEmpty();
    assertThat(probes.samples().getFirst().getFirst().dtype()).isEqualTo(dtype);
  }

  /** Values whose range is known lie in it and fill it. */
  @ParameterizedTest
  @CsvSource({"n, 40, 1, 1", "1, 3, 32, 32", "n, 3, h, w"})
  void rangesThatAreKnownAreKept(String n, String channels, String height, String width) {
    Graph graph =
        Graph.builder("known")
            .input(value("x", DType.FLOAT32, n, channels, height, width))
            .input(value("other", DType.FLOAT32, n, channels, height, width))
            .output(value("y", DType.FLOAT32, n, channels, height, width))
            .node(Node.of("sum", "Add", List.of("x", "other"), "y"))
            .build();
    ValueRanges known = new ValueRanges(Map.of("x", new Range(100, 300)), "the plan's ranges");
    ProbeSource probes = source(find(folder, graph, known));
    assertThat(probes.about().orElseThrow().described()).isEqualTo("values in the plan's ranges");
    for (List<Tensor> sample : probes.samples()) {
      assertThat(Arrays.stream(elements(sample.getFirst())))
          .allMatch(value -> value >= 100 && value <= 300)
          .anyMatch(value -> value < 190)
          .anyMatch(value -> value > 210);
    }
  }

  /** A model that runs at odd sizes only. */
  @Test
  void whatDoesNotRunSaysWhy() {
    Graph graph =
        Graph.builder("never")
            .input(value("x", DType.FLOAT32, "n", "7"))
            .output(value("y", DType.FLOAT32, "3", "14"))
            .initializer("shape", Tensor.ofLongs(Shape.of(2), 3, 14))
            .node(Node.of("six", "Reshape", List.of("x", "shape"), "y"))
            .build();
    ProbeSource.Found found = find(folder, graph);
    assertThat(found.source()).isEmpty();
    assertThat(found.failure().orElseThrow())
        .startsWith("the source does not run on random inputs: " + folder);
  }
}
