package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlannedWeight;
import dev.swage.data.DataSource;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Function;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Weights that functions of a model are called with, and those inside them, in every mode. */
class FunctionWeightsTest {
  @TempDir private Path folder;

  private static Tensor weight(int seed, long... dims) {
    Shape shape = Shape.of(dims);
    return Tensor.ofFloats(shape, TestFloats.gaussian((int) shape.elements(), 0.3, seed));
  }

  private static ValueInfo untyped(String name) {
    return new ValueInfo(name, Optional.empty(), Optional.empty());
  }

  private static Function layer() {
    Graph body =
        Graph.builder("layer")
            .input(untyped("in"))
            .input(untyped("weight"))
            .output(untyped("out"))
            .node(Node.of("", "MatMul", List.of("in", "weight"), "product"))
            .node(Node.of("", "Relu", List.of("product"), "out"))
            .build();
    return Function.of(new Function.Key("local", "Layer", ""), Map.of("", 17L), body);
  }

  private static Function inner() {
    Graph body =
        Graph.builder("inner")
            .input(untyped("in"))
            .output(untyped("out"))
            .node(
                Node.of("", "Constant", List.of(), "inside")
                    .with("value", Attribute.of(weight(3, 48, 40))))
            .node(Node.of("", "MatMul", List.of("in", "inside"), "out"))
            .build();
    return Function.of(new Function.Key("local", "Inner", ""), Map.of("", 17L), body);
  }

  private static Node call(String function, String output, String... inputs) {
    return new Node("", function, "local", List.of(inputs), List.of(output), Map.of());
  }

  @ParameterizedTest
  @EnumSource(QuantMode.class)
  void weightsOfFunctionsBecomeCodes(QuantMode mode) {
    Graph graph =
        Graph.builder("calls")
            .input(ValueInfo.batched("x", DType.FLOAT32, 64))
            .output(ValueInfo.batched("y", DType.FLOAT32, 40))
            .initializer("first", weight(1, 64, 64))
            .initializer("second", weight(2, 64, 48))
            .node(call("Layer", "a", "x", "first"))
            .node(call("Layer", "b", "a", "second"))
            .node(call("Inner", "y", "b"))
            .build();
    Path input = folder.resolve("calls.onnx");
    OnnxWriter.write(
        OnnxModel.of(graph)
            .withOpset("", 17)
            .withOpset("local", 1)
            .withFunctions(List.of(layer(), inner())),
        input);
    QuantizeData data =
        mode.needsData()
            ? QuantizeData.of(DataSource.open("random:1x64?n=8", folder))
            : QuantizeData.none();
    Conversion done =
        ModelQuantization.of(QuantizeOptions.of(mode).withObjective(Objective.SIZE))
            .convert(input, folder.resolve("small.onnx"), data);
    assertThat(done.outcome()).isEqualTo(Outcome.WRITTEN);
    assertThat(done.planned().plan().weights())
        .hasSize(3)
        .allMatch(PlannedWeight::isQuantized)
        .extracting(PlannedWeight::shape)
        .contains(Shape.of(64, 64), Shape.of(64, 48), Shape.of(48, 40));
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(30);
  }
}
