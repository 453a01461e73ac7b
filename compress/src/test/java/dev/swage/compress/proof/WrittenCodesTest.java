package dev.swage.compress.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.compress.Conversion;
import dev.swage.compress.ModelQuantization;
import dev.swage.compress.QuantMode;
import dev.swage.compress.QuantizeData;
import dev.swage.compress.QuantizeOptions;
import dev.swage.compress.WeightOnly;
import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlanForm;
import dev.swage.compress.probe.ProbeSource;
import dev.swage.compress.probe.ValueRanges;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.compress.write.QuantizedModel;
import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.layer.Network;
import dev.swage.run.ModelFile;
import dev.swage.tensor.DType;
import dev.swage.tensor.FloatValues;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.onnx.RandomWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A written file is held against the quantizer's codes and against its plan. */
class WrittenCodesTest {
  @TempDir private Path folder;

  private static OnnxModel net() {
    return Network.input("image", 3, 9, 9)
        .conv2d(7, 3)
        .relu()
        .flatten()
        .dense(33)
        .relu()
        .dense(10)
        .seed(3)
        .build();
  }

  private Path written(OnnxModel model, String name) {
    Path path = folder.resolve(name);
    OnnxWriter.write(model, path);
    return path;
  }

  @Test
  void filesThatAreNotWhatWasQuantizedAreFound() {
    QuantizedModel quantized = WeightOnly.int8().apply(net());
    QuantizedModel other = WeightOnly.of(WeightOptions.int8().withBits(7)).apply(net());
    Path file = written(other.model(), "other.onnx");
    assertThatThrownBy(() -> StoredCodes.require(file, OnnxReader.read(file), quantized.stored()))
        .isInstanceOf(CompressException.class)
        .hasMessageStartingWith(
            file + ": initializer 'conv1.weight_quantized' differs from the quantizer's codes at");
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"FLOAT16", "FLOAT64"})
  void outputsOfEveryFloatTypeAreThoseOfTheCodes(DType type) throws IOException {
    Tensor weight = RandomWeights.of(5, 24, 12);
    OnnxModel model =
        OnnxModel.of(
                Graph.builder("net")
                    .input(ValueInfo.of("x", type, Shape.of(2, 24)))
                    .node(Node.of("product", "MatMul", List.of("x", "w"), "y"))
                    .initializer("w", FloatValues.toType(weight, type))
                    .output(ValueInfo.of("y", type, Shape.of(2, 12)))
                    .build())
            .withOpset("", 19);
    QuantizedModel quantized = WeightOnly.int8().apply(model);
    Path small = written(quantized.model(), "small.onnx");
    Path work = Files.createDirectory(folder.resolve("work"));
    List<List<Tensor>> inputs =
        List.of(List.of(FloatValues.toType(RandomWeights.of(6, 2, 24), type)));
    TrialModels trials = TrialModels.in(work, 0);
    assertThat(DequantizedRun.of(small, OnnxReader.read(small), quantized, inputs, trials).runs())
        .isEqualTo(1);
    QuantizedModel narrower = WeightOnly.of(WeightOptions.int8().withBits(5)).apply(model);
    assertThatThrownBy(
            () -> DequantizedRun.of(small, OnnxReader.read(small), narrower, inputs, trials))
        .isInstanceOf(CompressException.class)
        .hasMessageContaining("from those of the dequantized weights, where rounding explains");
  }

  @Test
  void outputsThatAreNotThoseOfTheCodesAreFound() throws IOException {
    OnnxModel model = net();
    Path source = written(model, "float.onnx");
    QuantizedModel quantized = WeightOnly.int8().apply(model);
    Path small = written(quantized.model(), "small.onnx");
    Path work = Files.createDirectory(folder.resolve("work"));
    List<List<Tensor>> inputs =
        ProbeSource.find(ModelFile.read(source), ValueRanges.unknown()).source().stream()
            .flatMap(data -> IntStream.range(0, data.size()).mapToObj(data::batch))
            .map(Batch::inputs)
            .toList();
    Proof.Dequantized run =
        DequantizedRun.of(
            small, OnnxReader.read(small), quantized, inputs, TrialModels.in(work, 0));
    assertThat(run.runs()).isEqualTo(3);
    assertThat(work).isEmptyDirectory();
    TrialModels nowhere = TrialModels.in(work.resolve("missing"), 0);
    assertThatThrownBy(
            () -> DequantizedRun.of(small, OnnxReader.read(small), quantized, inputs, nowhere))
        .isInstanceOf(RuntimeException.class);
    Path other =
        written(WeightOnly.of(WeightOptions.int8().withBits(5)).apply(model).model(), "o.onnx");
    assertThatThrownBy(() ->
            DequantizedRun.of(
                other, OnnxReader.read(other), quantized, inputs, TrialModels.in(work, 0)))
        .isInstanceOf(CompressException.class)
        .hasMessageContaining("outputs differ by up to");
  }

  /** What a plan promises in every mode and form is in the file that it makes. */
  @ParameterizedTest
  @CsvSource({
    "WEIGHT_ONLY, QDQ, 8",
    "WEIGHT_ONLY, QDQ, 4",
    "WEIGHT_ONLY, QDQ, 2",
    "STATIC, QDQ, 8",
    "STATIC, QOPERATOR, 8",
    "DYNAMIC, QDQ, 8",
    "DYNAMIC, CONTRIB, 8",
    "MIXED, QDQ, 8",
    "MIXED, CONTRIB, 8"
  })
  void plansAreCountedAgainstTheFile(QuantMode mode, PlanForm form, int bits) {
    Path source = written(net(), "float.onnx");
    QuantizeOptions options =
        QuantizeOptions.of(mode)
            .withForm(form)
            .withObjective(Objective.SIZE)
            .withWeights(bits == 8 ? WeightOptions.int8() : WeightOptions.int4().withBits(bits));
    QuantizeData data = QuantizeData.of(DataSource.open("random:1x3x9x9?n=4", folder));
    Path small = folder.resolve("small.onnx");
    Conversion done = ModelQuantization.of(options).convert(source, small, data);
    ModelPlan plan = done.planned().plan();
    assertThat(done.proof().nodes()).isEqualTo(3);
    assertThat(done.proof().weights()).isEqualTo((int) plan.quantizedWeights()).isEqualTo(3);
    OnnxModel prepared = done.quantized().prepared().model();
    Path asFloats = written(prepared, "prepared.onnx");
    assertThatThrownBy(
            () -> PromisedCodes.require(asFloats, prepared, OnnxReader.read(asFloats), plan))
        .isInstanceOf(CompressException.class)
        .hasMessageStartingWith(asFloats + ": the plan has weight 'conv1.weight' of node '");
  }

  /** Operators on codes write values of other names: the nodes are found by their weights then. */
  @ParameterizedTest
  @EnumSource(PlanForm.class)
  void nodesWithoutNamesAreFound(PlanForm form) {
    OnnxModel model = net();
    List<Node> nodes =
        model.graph().nodes().stream()
            .map(node ->
                new Node(
                    "",
                    node.opType(),
                    node.domain(),
                    node.inputs(),
                    node.outputs(),
                    node.attributes()))
            .toList();
    Path source =
        written(model.withGraph(model.graph().toBuilder().nodes(nodes).build()), "unnamed.onnx");
    QuantMode mode = form == PlanForm.CONTRIB ? QuantMode.DYNAMIC : QuantMode.STATIC;
    Conversion done =
        ModelQuantization.of(QuantizeOptions.of(mode).withForm(form).withObjective(Objective.SIZE))
            .convert(
                source,
                folder.resolve("small.onnx"),
                QuantizeData.of(DataSource.open("random:1x3x9x9?n=4", folder)));
    assertThat(done.proof().nodes()).isEqualTo(3);
    assertThat(done.proof().weights()).isEqualTo(3);
  }

  /** A weight that is stored transposed leaves its name free. */
  @Test
  void aWeightThatIsInTheFileTwiceIsFound() {
    Tensor floats = RandomWeights.of(1, 24, 40);
    Graph graph =
        Graph.builder("gemm")
            .input(ValueInfo.batched("x", DType.FLOAT32, 40))
            .output(ValueInfo.batched("y", DType.FLOAT32, 24))
            .initializer("w", floats)
            .node(Node.of("g", "Gemm", List.of("x", "w"), "y").with("transB", Attribute.of(1)))
            .build();
    QuantizedModel quantized = WeightOnly.int8().apply(OnnxModel.of(graph));
    OnnxModel prepared = quantized.prepared().model();
    Graph both = quantized.model().graph().toBuilder().initializer("w", floats).build();
    Path file = written(quantized.model().withGraph(both), "both.onnx");
    assertThatThrownBy(
            () -> PromisedCodes.require(file, prepared, OnnxReader.read(file), quantized.plan()))
        .isInstanceOf(CompressException.class)
        .hasMessage(
            file + ": the plan has weight 'w' as int8 per-channel; the file holds it as " + floats);
  }
}
