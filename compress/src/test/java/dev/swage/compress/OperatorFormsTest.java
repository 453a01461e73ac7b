package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedWeight;
import dev.swage.compress.probe.ProbeSource;
import dev.swage.compress.proof.Proof;
import dev.swage.compress.weights.WeightFormat;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.compress.write.QuantizedModel;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.ModelFile;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One operator at a time; each conversion compares the file with ONNX Runtime on its own codes. */
class OperatorFormsTest {
  @TempDir private Path folder;

  private static Tensor weight(long... dims) {
    Shape shape = Shape.of(dims);
    return Tensor.ofFloats(shape, TestFloats.gaussian((int) shape.elements(), 0.5, 11));
  }

  private static Graph.Builder graph(Shape input, long... outputDims) {
    return Graph.builder("one operator")
        .input(ValueInfo.of("x", DType.FLOAT32, input))
        .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(outputDims)));
  }

  private static OnnxModel gemm(boolean transposed, float alpha) {
    return OnnxModel.of(
        graph(Shape.of(2, 70), 2, 9)
            .initializer("w", transposed ? weight(9, 70) : weight(70, 9))
            .initializer("b", weight(9))
            .node(
                Node.of("gemm", "Gemm", List.of("x", "w", "b"), "y")
                    .with("transB", Attribute.of(transposed ? 1 : 0))
                    .with("alpha", Attribute.of(alpha)))
            .build());
  }

  private static OnnxModel batchedMatMul() {
    return OnnxModel.of(
        graph(Shape.of(3, 2, 40), 3, 2, 8)
            .initializer("w", weight(3, 40, 8))
            .node(Node.of("product", "MatMul", List.of("x", "w"), "y"))
            .build());
  }

  private static OnnxModel groupedConv() {
    return OnnxModel.of(
        graph(Shape.of(1, 4, 6, 6), 1, 6, 4, 4)
            .initializer("w", weight(6, 2, 3, 3))
            .node(Node.of("conv", "Conv", List.of("x", "w"), "y").with("group", Attribute.of(2)))
            .build());
  }

  private static OnnxModel convTranspose(int groups) {
    return OnnxModel.of(
        graph(Shape.of(1, 4, 5), 1, 3L * groups, 7)
            .initializer("w", weight(4, 3, 3))
            .node(
                Node.of("up", "ConvTranspose", List.of("x", "w"), "y")
                    .with("group", Attribute.of(groups)))
            .build());
  }

  private static OnnxModel embedding() {
    return OnnxModel.of(
        Graph.builder("embedding")
            .input(ValueInfo.of("x", DType.INT64, Shape.of(5)))
            .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(5, 50)))
            .initializer("w", weight(20, 50))
            .node(Node.of("lookup", "Gather", List.of("w", "x"), "y"))
            .build());
  }

  private static OnnxModel constantNode() {
    return OnnxModel.of(
        graph(Shape.of(2, 40), 2, 8)
            .node(
                Node.of("c", "Constant", List.of(), "w").with("value", Attribute.of(weight(40, 8))))
            .node(Node.of("product", "MatMul", List.of("x", "w"), "y"))
            .build());
  }

  private static OnnxModel sharedWeight() {
    return OnnxModel.of(
        graph(Shape.of(2, 40), 2, 40)
            .initializer("w", weight(40, 40))
            .node(Node.of("first", "MatMul", List.of("x", "w"), "h"))
            .node(Node.of("second", "MatMul", List.of("h", "w"), "y"))
            .build());
  }

  static Stream<Arguments> operators() {
    return Stream.of(
        Arguments.of("Gemm", gemm(false, 1)),
        Arguments.of("Gemm transB", gemm(true, 1)),
        Arguments.of("Gemm transB alpha", gemm(true, 0.5f)),
        Arguments.of("batched MatMul", batchedMatMul()),
        Arguments.of("grouped Conv", groupedConv()),
        Arguments.of("ConvTranspose", convTranspose(1)),
        Arguments.of("grouped ConvTranspose", convTranspose(2)),
        Arguments.of("Gather", embedding()),
        Arguments.of("Constant", constantNode()),
        Arguments.of("shared", sharedWeight()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("operators")
  void everyOperatorRunsAsItsCodesSay(String name, OnnxModel model) {
    Path input = folder.resolve("float.onnx");
    OnnxWriter.write(model, input);
    for (WeightOptions options :
        List.of(WeightOptions.int8(), WeightOptions.int8().asymmetric(), WeightOptions.int4())) {
      Conversion conversion = WeightOnly.of(options).convert(input, folder.resolve("small.onnx"));
      assertThat(conversion.quantized().codes().keySet()).as(name).containsExactly("w");
    }
  }

  @Test
  void gemmBecomesMatMulNBitsAndItsBiasAnAddition() {
    Path input = folder.resolve("float.onnx");
    for (boolean transposed : new boolean[] {false, true}) {
      OnnxWriter.write(gemm(transposed, 1), input);
      WeightOptions options = WeightOptions.int4().withFormat(WeightFormat.MATMUL_N_BITS);
      Conversion conversion = WeightOnly.of(options).convert(input, folder.resolve("small.onnx"));
      assertThat(conversion.quantized().model().graph().nodes().stream().map(Node::describe))
          .containsExactly("node 'gemm' (com.microsoft::MatMulNBits)", "node 'gemm_bias' (Add)");
    }
  }

  @Test
  void scaledGemmIsNotTakenByMatMulNBits() {
    ModelPlan plan =
        WeightOnly.of(WeightOptions.int4().withFormat(WeightFormat.MATMUL_N_BITS))
            .plan(gemm(true, 0.5f));
    assertThat(plan.weights().getFirst().kept())
        .hasValue(
            new Keep(KeepReason.NOT_TAKEN_BY_FORMAT, "Gemm with alpha, beta or transA: gemm"));
  }

  @Test
  void transposedGemmWeightsAreStoredInTheFormThatFuses() {
    OnnxModel small = WeightOnly.int4().apply(gemm(true, 1)).model();
    Node gemm = small.graph().nodes().getLast();
    assertThat(gemm.attributes()).doesNotContainKey("transB");
    assertThat(small.graph().initializers().get("w_quantized").shape()).isEqualTo(Shape.of(70, 9));
  }

  @Test
  void modelsAreRaisedToTheOperatorSetTheCodesNeed() {
    OnnxModel old = gemm(false, 1).withOpset("", 11).withIrVersion(3);
    OnnxModel eight = WeightOnly.int8().apply(old).model();
    assertThat(eight.opset()).isEqualTo(13);
    assertThat(eight.irVersion()).isEqualTo(7);
    assertThat(WeightOnly.int4().apply(old).model().opset()).isEqualTo(21);
    assertThat(
            WeightOnly.of(WeightOptions.int4().withFormat(WeightFormat.MATMUL_N_BITS))
                .apply(old)
                .model()
                .opset())
        .isEqualTo(11);
  }

  @Test
  void operatorsThatChangedMeaningAreAdapted() {
    Graph graph =
        gemm(false, 1).graph().toBuilder()
            .outputs(List.of(ValueInfo.of("p", DType.FLOAT32, Shape.of(2, 9))))
            .node(Node.of("prob", "Softmax", List.of("y"), "p"))
            .build();
    OnnxModel old = OnnxModel.of(graph).withOpset("", 11);
    QuantizedModel quantized = WeightOnly.int8().apply(old);
    assertThat(quantized.model().opset()).isEqualTo(13);
    assertThat(quantized.prepared().summary()).isEqualTo("opset 11 → 13, 1 operator adapted");
  }

  @Test
  void namesOfTheFileExcludeWhatTheyBecame() {
    Graph graph =
        Graph.builder("g")
            .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(2, 40)))
            .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(2, 40)))
            .initializer("w", weight(40, 40))
            .initializer("v", weight(40, 40))
            .node(Node.of("turn", "Transpose", List.of("w"), "turned"))
            .node(Node.of("first", "MatMul", List.of("x", "turned"), "h"))
            .node(Node.of("second", "MatMul", List.of("h", "v"), "y"))
            .build();
    for (String name : List.of("w", "turn", "turned", "first")) {
      ModelPlan plan =
          WeightOnly.of(WeightOptions.int8().excluding(Set.of(name))).plan(OnnxModel.of(graph));
      assertThat(plan.weights())
          .filteredOn(weight -> weight.name().equals("turned"))
          .extracting(PlannedWeight::kept)
          .containsExactly(Optional.of(new Keep(KeepReason.EXCLUDED)));
      assertThat(plan.quantized()).isEqualTo(1);
    }
  }

  @Test
  void modelsThatRunOnNoRandomInputsSaySoInTheResult() {
    OnnxModel picky =
        OnnxModel.of(
            Graph.builder("picky")
                .input(ValueInfo.batched("x", DType.FLOAT32, 7))
                .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(3, 8)))
                .initializer("shape", Tensor.ofLongs(Shape.of(2), 3, 14))
                .initializer("w", weight(14, 8))
                .node(Node.of("six", "Reshape", List.of("x", "shape"), "h"))
                .node(Node.of("product", "MatMul", List.of("h", "w"), "y"))
                .build());
    Path input = folder.resolve("picky.onnx");
    OnnxWriter.write(picky, input);
    Proof unrun = WeightOnly.int8().convert(input, folder.resolve("small.onnx")).proof();
    assertThat(unrun.fidelity()).isEmpty();
    assertThat(unrun.notRun().orElseThrow())
        .startsWith("the source does not run on random inputs: " + input);
    Tensor six = weight(6, 7);
    Proof run =
        WeightOnly.int8()
            .convert(
                input,
                folder.resolve("small.onnx"),
                ProbeSource.of(ModelFile.read(input), List.of(List.of(six))))
            .proof();
    assertThat(run.dequantized().orElseThrow().runs()).isEqualTo(1);
    assertThat(run.notRun()).isEmpty();
  }
}
