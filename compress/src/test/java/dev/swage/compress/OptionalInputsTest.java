package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.plan.Objective;
import dev.swage.data.DataSource;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.onnx.RandomWeights;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Inputs that have a default: weights become constants, settings stay inputs. */
class OptionalInputsTest {
  @TempDir private Path folder;

  private static OnnxModel model(boolean weightsAreInputs, String setting, long irVersion) {
    Graph.Builder graph =
        Graph.builder("net")
            .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(1, 20)))
            .input(ValueInfo.of("gain", DType.FLOAT32, Shape.of()))
            .node(Node.of("first", "MatMul", List.of("x", "a"), "h"))
            .node(Node.of("set", setting, List.of("h", "gain"), "g"))
            .node(
                Node.of("second", "Gemm", List.of("g", "b", "c"), "y")
                    .with("transB", Attribute.of(1)))
            .initializer("a", RandomWeights.of(1, 20, 32))
            .initializer("b", RandomWeights.of(2, 12, 32))
            .initializer("c", RandomWeights.of(3, 12))
            .initializer("gain", Tensor.ofFloats(Shape.of(), 0.5f))
            .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(1, 12)));
    if (weightsAreInputs) {
      graph
          .input(ValueInfo.of("a", DType.FLOAT32, Shape.of(20, 32)))
          .input(ValueInfo.of("b", DType.FLOAT32, Shape.of(12, 32)));
      if (irVersion < 4) {
        graph.input(ValueInfo.of("c", DType.FLOAT32, Shape.of(12)));
      }
    }
    return OnnxModel.of(graph.build()).withOpset("", 13).withIrVersion(irVersion);
  }

  @ParameterizedTest
  @CsvSource({
    "WEIGHT_ONLY, false, Mul, 8",
    "WEIGHT_ONLY, false, Add, 8",
    "WEIGHT_ONLY, true, Mul, 8",
    "WEIGHT_ONLY, true, Div, 4",
    "DYNAMIC, false, Mul, 7",
    "STATIC, true, Add, 8",
    "MIXED, false, Mul, 8"
  })
  void settingsStayInputs(
      QuantMode mode, boolean weightsAreInputs, String setting, long irVersion) {
    OnnxModel small = written(mode, model(weightsAreInputs, setting, irVersion));
    assertThat(small.graph().inputs().stream().map(ValueInfo::name)).containsExactly("x", "gain");
    assertThat(small.graph().initializers().get("gain").getFloat(0)).isEqualTo(0.5f);
    assertThat(small.graph().initializers()).doesNotContainKeys("a", "b");
  }

  /** Before IR version 4 every initializer is among the inputs, and means nothing by it. */
  @ParameterizedTest
  @CsvSource({"3", "4", "8"})
  void whereAllInitializersAreInputsTheyAreConstants(long irVersion) {
    OnnxModel model = model(true, "Mul", irVersion);
    OnnxModel all =
        irVersion < 4
            ? model
            : model.withGraph(
                model.graph().toBuilder()
                    .input(ValueInfo.of("c", DType.FLOAT32, Shape.of(12)))
                    .build());
    assertThat(written(QuantMode.WEIGHT_ONLY, all).graph().inputs().stream().map(ValueInfo::name))
        .containsExactly("x");
  }

  private OnnxModel written(QuantMode mode, OnnxModel model) {
    Path source = folder.resolve("source.onnx");
    Path small = folder.resolve("small.onnx");
    OnnxWriter.write(model, source);
    QuantizeData data =
        mode.needsData()
            ? QuantizeData.of(DataSource.open("random:1x20?n=6", Path.of("")))
            : QuantizeData.none();
    Conversion done =
        ModelQuantization.of(QuantizeOptions.of(mode).withObjective(Objective.SIZE))
            .convert(source, small, data);
    assertThat(done.planned().plan().quantizedWeights()).isGreaterThanOrEqualTo(2);
    return OnnxReader.read(small);
  }
}
