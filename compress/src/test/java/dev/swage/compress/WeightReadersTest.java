package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.weights.WeightFormat;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.quant.Granularity;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Weights at every input, of every rank and along every axis become codes alone, and one set of
 * codes serves all who read a weight; each conversion compares the file with ONNX Runtime on its
 * own codes.
 */
class WeightReadersTest {
  @TempDir private Path folder;

  private static Tensor weight(long... dims) {
    Shape shape = Shape.of(dims);
    return Tensor.ofFloats(shape, TestFloats.gaussian((int) shape.elements(), 0.5, 11));
  }

  private static ValueInfo open(String name) {
    return new ValueInfo(name, Optional.of(DType.FLOAT32), Optional.empty());
  }

  private static Graph.Builder signal(long... dims) {
    return Graph.builder("readers")
        .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(dims)))
        .output(open("y"));
  }

  private static Graph.Builder rows(long... dims) {
    return Graph.builder("readers")
        .input(ValueInfo.of("x", DType.INT64, Shape.of(dims)))
        .output(open("y"));
  }

  private static Node node(String type, String... inputs) {
    return Node.of(type.toLowerCase(Locale.ROOT), type, List.of(inputs), "y");
  }

  private static Graph table(int axis, long... dims) {
    return rows(3)
        .initializer("w", weight(dims))
        .node(node("Gather", "w", "x").with("axis", Attribute.of(axis)))
        .build();
  }

  private static Graph einsum(String equation, Tensor w, long... dims) {
    return signal(dims)
        .initializer("w", w)
        .node(node("Einsum", "x", "w").with("equation", Attribute.of(equation)))
        .build();
  }

  private static Graph experts() {
    Node mixture =
        new Node(
            "moe",
            "MoE",
            "com.microsoft",
            List.of("x", "route", "w", "", "v"),
            List.of("y"),
            Map.of("activation_type", Attribute.of("relu"), "k", Attribute.of(2)));
    return signal(5, 32)
        .initializer("router", weight(32, 4))
        .initializer("w", weight(4, 48, 32))
        .initializer("v", weight(4, 32, 48))
        .node(Node.of("gate", "MatMul", List.of("x", "router"), "route"))
        .node(mixture)
        .build();
  }

  /** A graph with a weight {@code w}; the axis that has a scale for each index in 8 bits. */
  static Stream<Arguments> forms() {
    return Stream.of(
        Arguments.of(
            "first factor",
            signal(40, 6).initializer("w", weight(12, 40)).node(node("MatMul", "w", "x")).build(),
            0),
        Arguments.of(
            "stacked first factor",
            signal(3, 40, 6)
                .initializer("w", weight(3, 12, 40))
                .node(node("MatMul", "w", "x"))
                .build(),
            1),
        Arguments.of(
            "Gemm A",
            signal(40, 6).initializer("w", weight(12, 40)).node(node("Gemm", "w", "x")).build(),
            0),
        Arguments.of(
            "Gemm A, transA",
            signal(40, 6)
                .initializer("w", weight(40, 12))
                .node(node("Gemm", "w", "x").with("transA", Attribute.of(1)))
                .build(),
            1),
        Arguments.of("Gather of rank 3", table(0, 7, 40, 12), 0),
        Arguments.of("Gather of rank 4", table(0, 7, 5, 8, 12), 0),
        Arguments.of("Gather along 1", table(1, 40, 7), 1),
        Arguments.of("Gather along -1", table(-1, 40, 7), 1),
        Arguments.of("Gather along -2", table(-2, 7, 40), 0),
        Arguments.of("Gather along -2 of rank 3", table(-2, 5, 7, 40), 1),
        Arguments.of(
            "GatherND",
            rows(3, 1).initializer("w", weight(7, 40)).node(node("GatherND", "w", "x")).build(),
            0),
        Arguments.of(
            "GatherElements",
            rows(2, 40)
                .initializer("w", weight(7, 40))
                .node(node("GatherElements", "w", "x"))
                .build(),
            0),
        Arguments.of("Einsum of rank 3", einsum("btd,dhk->bthk", weight(40, 3, 8), 1, 5, 40), 2),
        Arguments.of("Einsum that keeps all", einsum("bi,ij->bij", weight(40, 8), 2, 40), 1),
        Arguments.of("MoE", experts(), 0));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forms")
  void everyInputRankAndAxisBecomesCodes(String name, Graph graph, int axis) {
    for (int opset : new int[] {13, 17, 21}) {
      OnnxModel model = OnnxModel.of(graph).withOpset("", opset).withOpset("com.microsoft", 1);
      Path input = folder.resolve("float.onnx");
      OnnxWriter.write(model, input);
      for (WeightOptions options :
          List.of(WeightOptions.int8(), WeightOptions.int8().asymmetric(), WeightOptions.int4())) {
        Conversion done = WeightOnly.of(options).convert(input, folder.resolve("small.onnx"));
        assertThat(done.quantized().codes().keySet()).as(name).contains("w");
        assertThat(done.proof().leastSqnrDb().orElseThrow())
            .as("%s, %s bits", name, options.bits())
            .isGreaterThan(options.bits() == 8 ? 30 : 10);
      }
      assertThat(channelAxis(WeightOnly.int8().plan(model))).hasValue(axis);
    }
  }

  private static OptionalInt channelAxis(ModelPlan plan) {
    return plan.nodes().stream()
        .flatMap(node -> node.choice().slots().stream())
        .filter(slot -> slot.weight().equals("w"))
        .map(WeightSlot::scheme)
        .map(scheme -> scheme.granularity())
        .mapToInt(per -> per instanceof Granularity.PerChannel(int axis) ? axis : -1)
        .findFirst();
  }

  /** Graphs in which two nodes read the table {@code w} in different ways. */
  static Stream<Arguments> tied() {
    Graph.Builder lookup =
        rows(5)
            .initializer("w", weight(60, 40))
            .node(Node.of("lookup", "Gather", List.of("w", "x"), "h"));
    return Stream.of(
        Arguments.of(
            "Gather and Gemm transB",
            lookup.build().toBuilder()
                .node(node("Gemm", "h", "w").with("transB", Attribute.of(1)))
                .build()),
        Arguments.of(
            "Gather and Transpose, MatMul",
            lookup.build().toBuilder()
                .node(Node.of("turn", "Transpose", List.of("w"), "t"))
                .node(node("MatMul", "h", "t"))
                .build()),
        Arguments.of(
            "Gather and a first factor",
            lookup.build().toBuilder()
                .node(
                    Node.of("turn", "Transpose", List.of("h"), "t")
                        .with("perm", Attribute.ints(1, 0)))
                .node(node("MatMul", "w", "t"))
                .build()),
        Arguments.of(
            "MatMul and a norm",
            signal(3, 60)
                .output(open("n"))
                .initializer("w", weight(60, 40))
                .node(node("MatMul", "x", "w"))
                .node(Node.of("norm", "ReduceSumSquare", List.of("w"), "n"))
                .build()),
        Arguments.of(
            "two Gemms that turn it differently",
            signal(3, 60)
                .initializer("w", weight(60, 40))
                .node(Node.of("down", "Gemm", List.of("x", "w"), "h"))
                .node(node("Gemm", "h", "w").with("transB", Attribute.of(1)))
                .build()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("tied")
  void oneSetOfCodesServesAllReaders(String name, Graph graph) {
    Path input = folder.resolve("float.onnx");
    OnnxWriter.write(OnnxModel.of(graph).withOpset("", 17), input);
    for (int bits : new int[] {8, 4, 2}) {
      WeightOptions options =
          bits == 8 ? WeightOptions.int8() : WeightOptions.int4().withBits(bits);
      Conversion done = WeightOnly.of(options).convert(input, folder.resolve("small.onnx"));
      assertThat(done.quantized().codes().keySet()).as(name).containsExactly("w");
      Map<String, Tensor> stored = done.quantized().model().graph().initializers();
      assertThat(stored.values().stream().mapToLong(Tensor::byteSize).sum())
          .as("%s in %s bits", name, bits)
          .isLessThan(60 * 40 * bits / 8 + 60 * 40 / 32 * 4 + 300);
      if (bits == 8) {
        assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(35);
      }
    }
  }

  @Test
  void readersThatNeedTheVeryNumbersKeepAWeight() {
    Graph graph =
        signal(3, 40)
            .initializer("w", weight(40, 40))
            .initializer("bias", weight(40))
            .node(Node.of("product", "MatMul", List.of("x", "w"), "h"))
            .node(
                Node.of("norm", "LayerNormalization", List.of("h", "w"), "y")
                    .with("axis", Attribute.of(0)))
            .build();
    assertThat(WeightOnly.int8().plan(OnnxModel.of(graph).withOpset("", 17)).weights())
        .filteredOn(weight -> weight.name().equals("w"))
        .first()
        .extracting(weight -> weight.kept())
        .isEqualTo(Optional.of(new Keep(KeepReason.NORMALIZATION, "LayerNormalization")));
  }

  @Test
  void aFormatOfProductsLeavesTheRestToTheStandardForm() {
    Graph graph =
        signal(3, 4, 64)
            .initializer("stack", weight(3, 64, 48))
            .initializer("plain", weight(48, 32))
            .node(Node.of("batched", "MatMul", List.of("x", "stack"), "h"))
            .node(Node.of("last", "MatMul", List.of("h", "plain"), "y"))
            .build();
    Path input = folder.resolve("float.onnx");
    OnnxWriter.write(OnnxModel.of(graph).withOpset("", 17), input);
    WeightOptions mixed = WeightOptions.int4().withFormat(WeightFormat.MATMUL_N_BITS_OR_QDQ);
    Conversion done = WeightOnly.of(mixed).convert(input, folder.resolve("small.onnx"));
    assertThat(done.quantized().codes().keySet()).containsExactlyInAnyOrder("stack", "plain");
    assertThat(done.quantized().model().graph().nodes().stream().map(Node::opType))
        .containsExactly("DequantizeLinear", "MatMul", "MatMulNBits");
  }
}
