package dev.swage.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.graph.Preparation;
import dev.swage.graph.PreparationOptions;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products written in other forms than a MatMul or a plain Gemm, before and after preparation. */
class ProductFormsTest {
  private static Tensor values(int seed, long... dims) {
    Shape shape = Shape.of(dims);
    return Tensor.ofFloats(shape, TestFloats.gaussian((int) shape.elements(), 0.5, seed));
  }

  private static Graph.Builder graph(Tensor x) {
    return Graph.builder("products")
        .input(ValueInfo.of("x", DType.FLOAT32, x.shape()))
        .output(new ValueInfo("y", Optional.of(DType.FLOAT32), Optional.empty()));
  }

  private static OnnxModel prepared(Graph graph, Tensor x, PreparationOptions options) {
    OnnxModel model = OnnxModel.of(graph).withOpset("", 13);
    OnnxModel prepared = Preparation.of(model, options, new RuntimeEvaluator()).model();
    Tensor before = run(model, x);
    Tensor after = run(prepared, x);
    assertThat(after.shape()).isEqualTo(before.shape());
    float[] found = after.toFloats();
    float[] expected = before.toFloats();
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) found[i]).isCloseTo(expected[i], Offset.offset(2e-5));
    }
    return prepared;
  }

  private static Tensor run(OnnxModel model, Tensor x) {
    try (ModelSession session =
        ModelSession.open("m", OnnxWriter.toBytes(model), SessionOptions.defaults())) {
      return session.run(List.of(x)).getFirst();
    }
  }

  private static List<String> operators(OnnxModel model) {
    return model.graph().nodes().stream().map(Node::opType).toList();
  }

  private static long[] dims(String text) {
    return Arrays.stream(text.split(" ")).mapToLong(Long::parseLong).toArray();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bk,kn->bn | 3 5 | 5 7 | 1",
        "bk,nk->bn | 3 5 | 7 5 | 1",
        "b k , n k | 3 5 | 7 5 | 1",
        "bti,ij->btj | 2 3 5 | 5 7 | 1",
        "...i,ji->...j | 2 3 5 | 7 5 | 1",
        "k,kn->n | 5 | 5 7 | 1",
        "mk,kn->mn | 5 4 | 6 5 | 0",
        "km,bkn->bmn | 2 5 4 | 5 6 | 0",
        "mk,...kn->...mn | 2 5 4 | 6 5 | 0",
        "nk,bk->bn | 3 5 | 7 5 | 0",
      })
  void anEinsumThatIsAProductBecomesOne(String equation, String x, String w, int weight) {
    Tensor signal = values(1, dims(x));
    List<String> inputs = weight == 1 ? List.of("x", "w") : List.of("w", "x");
    Graph graph =
        graph(signal)
            .initializer("w", values(2, dims(w)))
            .node(Node.of("einsum", "Einsum", inputs, "y").with("equation", Attribute.of(equation)))
            .build();
    OnnxModel prepared = prepared(graph, signal, PreparationOptions.defaults());
    assertThat(operators(prepared)).containsExactly("MatMul");
    assertThat(prepared.graph().nodes().getFirst().name()).isEqualTo("einsum");
    assertThat(prepared.graph().initializers()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "btd,dhk->bthk | 2 3 5 | 5 2 4",
        "bk,kn->nb | 3 5 | 5 7",
        "bk,kn->b | 3 5 | 5 7",
        "bk,bk->bk | 3 5 | 3 5",
        "bi,ij->bij | 3 5 | 5 7",
        "kb,kn->bn | 5 3 | 5 7",
      })
  void anEinsumThatIsNoneStays(String equation, String x, String w) {
    Tensor signal = values(1, dims(x));
    Graph graph =
        graph(signal)
            .initializer("w", values(2, dims(w)))
            .node(
                Node.of("einsum", "Einsum", List.of("x", "w"), "y")
                    .with("equation", Attribute.of(equation)))
            .build();
    assertThat(operators(prepared(graph, signal, PreparationOptions.defaults())))
        .containsExactly("Einsum");
  }

  @ParameterizedTest
  @CsvSource({
    "0.25, 2, 7, Gemm",
    "0.25, 1, '1 7', Gemm",
    "1, 0.5, 7, Gemm",
    "3, 2, 1, Gemm",
    "1, 1, '1 1', Gemm",
    "1, 0, 7, Gemm",
    "1, 1, '3 1', Gemm Add",
    "-0.5, 3, '3 7', Gemm Add",
    "2, 1, '', Gemm",
  })
  void aGemmBecomesOneThatIntegerKernelsTake(
      float alpha, float beta, String bias, String operators) {
    for (int transposed = 0; transposed < 2; transposed++) {
      Tensor x = values(1, 3, 5);
      Graph.Builder graph =
          graph(x).initializer("w", transposed == 0 ? values(2, 5, 7) : values(2, 7, 5));
      if (!bias.isEmpty()) {
        graph.initializer("c", values(3, dims(bias)));
      }
      graph.node(
          Node.of("gemm", "Gemm", bias.isEmpty() ? List.of("x", "w") : List.of("x", "w", "c"), "y")
              .with("alpha", Attribute.of(alpha))
              .with("beta", Attribute.of(beta))
              .with("transB", Attribute.of(transposed)));
      OnnxModel prepared =
          prepared(graph.build(), x, PreparationOptions.defaults().withIntegerForms(true));
      assertThat(operators(prepared)).containsExactly(operators.split(" "));
      assertThat(prepared.graph().nodes().getFirst().attributes())
          .doesNotContainKeys("alpha", "beta");
    }
  }

  @Test
  void aComputedBiasIsAddedBehindTheGemm() {
    Tensor x = values(1, 7, 7);
    Graph graph =
        graph(x)
            .initializer("w", values(2, 7, 7))
            .node(Node.of("gemm", "Gemm", List.of("x", "w", "x"), "y"))
            .build();
    PreparationOptions options = PreparationOptions.defaults().withIntegerForms(true);
    assertThat(operators(prepared(graph, x, options))).containsExactly("Gemm", "Add");
    assertThat(operators(prepared(graph, x, PreparationOptions.defaults())))
        .containsExactly("Gemm");
  }

  @Test
  void aLargeTableThatOthersReadIsNotCopiedWhereCopiesAreNotWanted() {
    Tensor x = values(1, 3, 40);
    Graph graph =
        graph(x)
            .initializer("table", values(2, 60, 40))
            .node(Node.of("turn", "Transpose", List.of("table"), "t"))
            .node(Node.of("first", "MatMul", List.of("x", "t"), "h"))
            .node(Node.of("second", "MatMul", List.of("h", "table"), "y"))
            .build();
    OnnxModel once = prepared(graph, x, PreparationOptions.defaults().withCopies(false));
    assertThat(once.graph().initializers().keySet()).containsExactly("table");
    OnnxModel twice = prepared(graph, x, PreparationOptions.defaults());
    assertThat(twice.graph().initializers()).hasSize(2);
  }

  @Test
  void aTableThatNobodyElseReadsIsComputedAheadAllTheSame() {
    Tensor x = values(1, 3, 40);
    Graph graph =
        graph(x)
            .initializer("table", values(2, 60, 40))
            .initializer("flat", Tensor.ofLongs(Shape.of(2), 40, 60))
            .node(Node.of("turn", "Transpose", List.of("table"), "t"))
            .node(Node.of("view", "Reshape", List.of("table", "flat"), "v"))
            .node(Node.of("first", "MatMul", List.of("x", "t"), "a"))
            .node(Node.of("second", "MatMul", List.of("x", "v"), "b"))
            .node(Node.of("sum", "Add", List.of("a", "b"), "y"))
            .build();
    OnnxModel model = prepared(graph, x, PreparationOptions.defaults().withCopies(false));
    assertThat(operators(model)).containsExactly("MatMul", "MatMul", "Add");
  }
}
