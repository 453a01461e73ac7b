package dev.swage.compress.dynamic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.TestPlans;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.ModelSession;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** ONNX Runtime computes what the reference says, in every form. */
class DynamicArithmeticTest {
  @TempDir private Path folder;

  private static float[] activation(String kind, int size) {
    float[] x = TestFloats.gaussian(size, 2, 5);
    for (int i = 0; i < size; i++) {
      x[i] =
          switch (kind) {
            case "mixed" -> x[i];
            case "negative" -> -1 - Math.abs(x[i]);
            case "positive" -> 1 + Math.abs(x[i]);
            default -> 0;
          };
    }
    return x;
  }

  private float[] run(Graph graph, DynamicForm form, boolean perChannel, Tensor input) {
    ModelPlan plan =
        TestPlans.dynamic(
            graph,
            DynamicOptions.of(form).withConvolutions(true).withOneScalePerWeight(!perChannel));
    assertThat(plan.quantized()).isEqualTo(graph.nodes().size());
    DynamicModel quantized = DynamicWriter.write(OnnxModel.of(graph), plan);
    Path file = folder.resolve("dynamic.onnx");
    OnnxWriter.write(quantized.model(), file);
    try (ModelSession session = ModelSession.open(file)) {
      return session.run(List.of(input)).getFirst().toFloats();
    }
  }

  private static void assertNear(float[] got, double[] expected) {
    double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    assertThat(got).hasSize(expected.length);
    for (int i = 0; i < got.length; i++) {
      // A few roundings of float32, of values as large as the largest summand.
      assertThat((double) got[i])
          .isCloseTo(expected[i], org.assertj.core.data.Offset.offset(1e-6 * largest + 1e-6));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 200, 1, mixed",
    "1, 33, 7, mixed",
    "5, 17, 13, mixed",
    "3, 64, 31, negative",
    "3, 65, 16, positive",
    "4, 25, 9, zero",
    "2, 257, 33, mixed",
  })
  void productsEqualTheReference(int m, int k, int n, String kind) {
    float[] x = activation(kind, m * k);
    float[] w = TestFloats.gaussian(k * n, 0.5, 11);
    float[] bias = TestFloats.gaussian(n, 1, 12);
    float[] turned = new float[k * n];
    for (int i = 0; i < k; i++) {
      for (int j = 0; j < n; j++) {
        turned[j * k + i] = w[i * n + j];
      }
    }
    Tensor input = Tensor.ofFloats(Shape.of(m, k), x);
    Graph.Builder common =
        Graph.builder("product")
            .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(m, k)))
            .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(m, n)));
    Graph matmul =
        common.build().toBuilder()
            .initializer("w", Tensor.ofFloats(Shape.of(k, n), w))
            .node(Node.of("p", "MatMul", List.of("x", "w"), "y"))
            .build();
    Graph gemm =
        common.build().toBuilder()
            .initializer("w", Tensor.ofFloats(Shape.of(n, k), turned))
            .initializer("b", Tensor.ofFloats(Shape.of(n), bias))
            .node(Node.of("p", "Gemm", List.of("x", "w", "b"), "y").with("transB", Attribute.of(1)))
            .build();
    for (DynamicForm form : DynamicForm.values()) {
      for (boolean perChannel : new boolean[] {true, false}) {
        assertNear(
            run(matmul, form, perChannel, input),
            Reference.product(x, w, new float[n], k, perChannel));
        assertNear(
            run(gemm, form, perChannel, input), Reference.product(x, w, bias, k, perChannel));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "3, 31, 23, mixed",
    "7, 13, 10, negative",
    "9, 8, 17, positive",
    "5, 15, 14, zero",
    "9, 1, 17, mixed",
  })
  void convolutionsEqualTheReference(int c, int l, int o, String kind) {
    float[] x = activation(kind, c * l);
    float[] w = TestFloats.gaussian(o * c * 3, 0.5, 21);
    // A channel of zeros has no scale of its own.
    Arrays.fill(w, 0, c * 3, 0f);
    float[] bias = TestFloats.gaussian(o, 1, 22);
    Graph graph =
        Graph.builder("convolution")
            .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(1, c, l)))
            .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(1, o, l)))
            .initializer("w", Tensor.ofFloats(Shape.of(o, c, 3), w))
            .initializer("b", Tensor.ofFloats(Shape.of(o), bias))
            .node(
                Node.of("c", "Conv", List.of("x", "w", "b"), "y")
                    .with("pads", Attribute.ints(1, 1)))
            .build();
    Tensor input = Tensor.ofFloats(Shape.of(1, c, l), x);
    for (boolean perChannel : new boolean[] {true, false}) {
      assertNear(
          run(graph, DynamicForm.STANDARD, perChannel, input),
          Reference.convolution(x, w, bias, c, perChannel));
    }
  }

  @ParameterizedTest
  @CsvSource({"40, 7", "129, 3"})
  void rowsOfTablesAreTheirCodes(int rows, int width) {
    float[] table = TestFloats.gaussian(rows * width, 1, 31);
    Graph graph =
        Graph.builder("rows")
            .input(ValueInfo.of("i", DType.INT64, Shape.of(2, 2)))
            .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(2, 2, width)))
            .initializer("t", Tensor.ofFloats(Shape.of(rows, width), table))
            .node(Node.of("g", "Gather", List.of("t", "i"), "y"))
            .build();
    long[] wanted = {0, rows - 1, 5, 5};
    float[] got = run(graph, DynamicForm.STANDARD, true, Tensor.ofLongs(Shape.of(2, 2), wanted));
    for (int i = 0; i < wanted.length; i++) {
      int from = (int) wanted[i] * width;
      float scale = Reference.scale(table, from, 1, width);
      for (int j = 0; j < width; j++) {
        assertThat(got[i * width + j]).isEqualTo(Reference.code(table[from + j], scale) * scale);
      }
    }
  }
}
