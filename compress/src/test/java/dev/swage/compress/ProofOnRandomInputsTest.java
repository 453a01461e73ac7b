package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlanForm;
import dev.swage.compress.proof.Proof;
import dev.swage.data.DataSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.onnx.RandomWeights;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a proof without data rests on, and what is checked before anything else. */
class ProofOnRandomInputsTest {
  @TempDir private Path folder;

  private Path written(OnnxModel model) {
    Path file = folder.resolve("model.onnx");
    OnnxWriter.write(model, file);
    return file;
  }

  private static QuantizeOptions options(QuantMode mode) {
    return QuantizeOptions.of(mode).withObjective(Objective.SIZE);
  }

  /** Pixels from 0 to 255: ranges for them are no ranges for numbers round 0, and the other way. */
  @ParameterizedTest
  @CsvSource({
    "QDQ, scale=1, 3",
    "QOPERATOR, scale=1, 3",
    "QDQ, scale=1&mean=-400, 1",
    "QDQ, scale=25500, 3"
  })
  void plansAreProvenInTheirRanges(PlanForm form, String keys, int channels) {
    Path input =
        written(
            Network.input("image", channels, 18, 18)
                .conv2d(8, 3)
                .relu()
                .flatten()
                .dense(10)
                .seed(3)
                .build());
    DataSource data =
        DataSource.open("random:1x%dx18x18?n=8&dist=photo&".formatted(channels) + keys, folder);
    ModelQuantization quantization = ModelQuantization.of(options(QuantMode.STATIC).withForm(form));
    Conversion onData =
        quantization.convert(input, folder.resolve("a.onnx"), QuantizeData.of(data));
    ModelPlan plan = onData.planned().plan();
    Proof proof =
        quantization.apply(plan, input, folder.resolve("b.onnx"), Optional.empty()).proof();
    assertThat(proof.probes().orElseThrow().described()).isEqualTo("values in the plan's ranges");
    assertThat(proof.leastSqnrDb().orElseThrow())
        .isGreaterThan(onData.proof().leastSqnrDb().orElseThrow() - 6);
    assertThat(onData.proof().probes()).isEmpty();
  }

  /** Stored statistics say as much. */
  @Test
  void statisticsGiveRanges() {
    Path input = written(Network.input("x", 40).dense(16).relu().dense(10).seed(3).build());
    DataSource data = DataSource.open("random:1x40?n=32&scale=0.01&mean=300", folder);
    ModelQuantization quantization = ModelQuantization.of(options(QuantMode.STATIC));
    Conversion onData =
        quantization.convert(input, folder.resolve("a.onnx"), QuantizeData.of(data));
    Proof proof =
        quantization
            .convert(
                input,
                folder.resolve("b.onnx"),
                QuantizeData.none().withObserved(onData.planned().calibration().orElseThrow()))
            .proof();
    assertThat(proof.probes().orElseThrow().described())
        .isEqualTo("values in the ranges that were observed");
    assertThat(proof.leastSqnrDb().orElseThrow()).isGreaterThan(25);
  }

  /** The proof names what it cannot judge, in every mode that needs no data. */
  @ParameterizedTest
  @EnumSource(
      value = QuantMode.class,
      names = {"WEIGHT_ONLY", "DYNAMIC"})
  void outputsThatDoNotVaryAreNamed(QuantMode mode) {
    Graph graph =
        Graph.builder("flat")
            .input(ValueInfo.batched("x", DType.FLOAT32, 64))
            .output(ValueInfo.batched("y", DType.FLOAT32, 32))
            .output(ValueInfo.batched("flat", DType.FLOAT32, 32))
            .initializer("w", RandomWeights.of(1, 64, 32))
            .initializer("far", Tensor.ofFloats(Shape.of(), 3e6f))
            .node(Node.of("product", "MatMul", List.of("x", "w"), "y"))
            .node(Node.of("shift", "Add", List.of("y", "far"), "flat"))
            .build();
    Proof proof =
        ModelQuantization.of(options(mode))
            .convert(
                written(OnnxModel.of(graph)), folder.resolve("small.onnx"), QuantizeData.none())
            .proof();
    assertThat(proof.probes().orElseThrow().unvaried()).containsExactly("flat");
    assertThat(proof.probes().orElseThrow().described())
        .isEqualTo("values of mean 0 and variance 1");
  }

  /** The graph is taken as it is: what preparing would fold stays, and the file is proven. */
  @ParameterizedTest
  @CsvSource({
    "STATIC, 11",
    "STATIC, 13",
    "STATIC, 17",
    "DYNAMIC, 11",
    "DYNAMIC, 17",
    "MIXED, 11",
    "MIXED, 17",
    "WEIGHT_ONLY, 11",
    "WEIGHT_ONLY, 17"
  })
  void everyModeTakesTheGraphAsItIs(QuantMode mode, int opset) {
    Graph graph =
        Graph.builder("normalized")
            .input(ValueInfo.batched("x", DType.FLOAT32, 3, 12, 12))
            .output(ValueInfo.batched("y", DType.FLOAT32, 9))
            .initializer("w", RandomWeights.of(1, 8, 3, 3, 3))
            .initializer("v", RandomWeights.of(2, 8, 9))
            .initializer("scale", Tensor.ofFloats(Shape.of(8), 1, 2, 1, 2, 1, 2, 1, 2))
            .initializer("zeros", Tensor.ofFloats(Shape.of(8), new float[8]))
            .initializer("variance", Tensor.ofFloats(Shape.of(8), 1, 1, 2, 2, 1, 1, 2, 2))
            .node(Node.of("conv", "Conv", List.of("x", "w"), "c"))
            .node(
                Node.of(
                    "normal",
                    "BatchNormalization",
                    List.of("c", "scale", "zeros", "zeros", "variance"),
                    "n"))
            .node(Node.of("relu", "Relu", List.of("n"), "r"))
            .node(Node.of("pool", "GlobalAveragePool", List.of("r"), "p"))
            .node(Node.of("flat", "Flatten", List.of("p"), "f"))
            .node(Node.of("product", "MatMul", List.of("f", "v"), "y"))
            .build();
    Path input = written(OnnxModel.of(graph).withOpset("", opset));
    Path output = folder.resolve("small.onnx");
    QuantizeData data =
        mode.needsData()
            ? QuantizeData.of(DataSource.open("random:1x3x12x12?n=8", folder))
            : QuantizeData.none();
    Conversion done =
        ModelQuantization.of(options(mode).withSimplify(false)).convert(input, output, data);
    assertThat(done.written()).isTrue();
    assertThat(done.planned().plan().quantized()).isPositive();
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(25);
    assertThat(OnnxReader.read(output).graph().nodes())
        .filteredOn(node -> node.is("BatchNormalization"))
        .hasSize(1);
  }
}
