package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedWeight;
import dev.swage.compress.weights.WeightOptions;
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
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Large constants that are added or multiplied: narrowed where that loses little, else kept. */
class LargeOperandsTest {
  @TempDir private Path folder;

  private static Tensor normal(long... dims) {
    Shape shape = Shape.of(dims);
    return Tensor.ofFloats(shape, TestFloats.gaussian((int) shape.elements(), 0.5, 5));
  }

  private static OnnxModel model(String operator, Tensor constant) {
    return OnnxModel.of(
            Graph.builder("operand")
                .input(ValueInfo.of("x", DType.FLOAT32, constant.shape()))
                .output(ValueInfo.of("y", DType.FLOAT32, constant.shape()))
                .initializer("c", constant)
                .node(Node.of("op", operator, List.of("x", "c"), "y"))
                .build())
        .withOpset("", 17);
  }

  private static PlannedWeight planned(OnnxModel model, WeightOptions options) {
    return WeightOnly.of(options).plan(model).weights().getFirst();
  }

  @ParameterizedTest
  @CsvSource({"Add", "Sub", "Mul"})
  void aTableOfPositionsBecomesCodesOfEightBits(String operator) {
    Path input = folder.resolve("float.onnx");
    OnnxWriter.write(model(operator, normal(1, 50, 48)), input);
    for (WeightOptions options : List.of(WeightOptions.int8(), WeightOptions.int4())) {
      Conversion done = WeightOnly.of(options).convert(input, folder.resolve("small.onnx"));
      assertThat(done.quantized().codes().get("c").scheme().bits()).isEqualTo(8);
      assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(35);
      assertThat(done.quantized().model().opset()).isEqualTo(17);
    }
  }

  @Test
  void aTableThatIsCutBeforeItIsAddedDoesToo() {
    Graph graph =
        Graph.builder("cut")
            .input(ValueInfo.batched("x", DType.FLOAT32, 48))
            .output(ValueInfo.batched("y", DType.FLOAT32, 48))
            .initializer("c", normal(60, 48))
            .initializer("zero", Tensor.ofLongs(Shape.of(1), 0))
            .initializer("axis", Tensor.ofLongs(Shape.of(1), 0))
            .node(Node.of("shape", "Shape", List.of("x"), "s").with("end", Attribute.of(1)))
            .node(Node.of("cut", "Slice", List.of("c", "zero", "s", "axis"), "p"))
            .node(Node.of("add", "Add", List.of("x", "p"), "y"))
            .build();
    Path input = folder.resolve("float.onnx");
    OnnxWriter.write(OnnxModel.of(graph).withOpset("", 17), input);
    assertThat(
            WeightOnly.int8()
                .convert(input, folder.resolve("small.onnx"))
                .quantized()
                .codes()
                .keySet())
        .containsExactly("c");
  }

  /** Codes with one scale would leave nothing of the means of small columns. */
  @Test
  void meansOfTheColumnsOfAnInputStayAsTheyAre() {
    float[] means = TestFloats.gaussian(1 << 14, 0.5, 5);
    for (int i = 0; i < means.length; i += 2) {
      means[i] = 5000 + 100 * means[i];
    }
    Tensor vector = Tensor.ofFloats(Shape.of(means.length), means);
    assertThat(planned(model("Sub", vector), WeightOptions.int8()).kept())
        .hasValue(
            new Keep(KeepReason.PRECISE_OPERAND, "65536 bytes, means of the columns of an input"));
    Graph behind =
        Graph.builder("behind")
            .input(ValueInfo.of("x", DType.FLOAT32, vector.shape()))
            .output(ValueInfo.of("y", DType.FLOAT32, vector.shape()))
            .initializer("c", vector)
            .node(Node.of("first", "Tanh", List.of("x"), "t"))
            .node(Node.of("op", "Sub", List.of("t", "c"), "y"))
            .build();
    assertThat(planned(OnnxModel.of(behind).withOpset("", 17), WeightOptions.int8()).isQuantized())
        .isTrue();
  }

  @Test
  void aMaskOfTwoValuesLosesNothing() {
    float[] mask = new float[64 * 64];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = i % 64 > i / 64 ? -10000 : 0;
    }
    PlannedWeight weight =
        planned(model("Add", Tensor.ofFloats(Shape.of(64, 64), mask)), WeightOptions.int8());
    assertThat(weight.isQuantized()).isTrue();
  }

  @Test
  void coordinatesStayAndTheReasonSaysHowLargeTheyAre() {
    float[] grid = new float[2 * 6400];
    for (int i = 0; i < 6400; i++) {
      grid[i] = i % 80 + 0.5f;
      grid[6400 + i] = Math.floorDiv(i, 80) + 0.5f;
    }
    PlannedWeight weight =
        planned(model("Add", Tensor.ofFloats(Shape.of(1, 2, 6400), grid)), WeightOptions.int8());
    assertThat(weight.kept())
        .hasValue(
            new Keep(
                KeepReason.PRECISE_OPERAND, "51200 bytes, values that repeat, as of coordinates"));
  }

  @Test
  void valuesOfVeryDifferentMagnitudeStay() {
    float[] values = normal(40, 40).toFloats();
    for (int i = 0; i < values.length; i += 41) {
      values[i] = 300;
    }
    Keep kept =
        planned(model("Mul", Tensor.ofFloats(Shape.of(40, 40), values)), WeightOptions.int8())
            .kept()
            .orElseThrow();
    assertThat(kept.reason()).isEqualTo(KeepReason.PRECISE_OPERAND);
    assertThat(kept.detail()).matches("6400 bytes, -?\\d+\\.\\d dB in 8 bits");
  }

  @Test
  void infinitiesStay() {
    float[] mask = normal(40, 40).toFloats();
    mask[77] = Float.NEGATIVE_INFINITY;
    assertThat(
            planned(model("Add", Tensor.ofFloats(Shape.of(40, 40), mask)), WeightOptions.int8())
                .kept())
        .hasValue(new Keep(KeepReason.PRECISE_OPERAND, "6400 bytes, holds NaN or infinities"));
  }

  @ParameterizedTest
  @CsvSource({"3000, bias", "20000, ''"})
  void aVectorIsABiasUnlessItIsVeryLong(long elements, String reason) {
    Optional<Keep> kept = planned(model("Add", normal(elements)), WeightOptions.int8()).kept();
    assertThat(kept.map(keep -> keep.reason().label()).orElse("")).isEqualTo(reason);
  }

  @Test
  void aConstantThatSomethingElseReadsTooIsNotCalledABias() {
    Graph graph =
        Graph.builder("two")
            .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(40, 40)))
            .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(40, 40)))
            .initializer("c", normal(40, 40))
            .node(Node.of("add", "Add", List.of("x", "c"), "h"))
            .node(Node.of("div", "Div", List.of("h", "c"), "y"))
            .build();
    assertThat(planned(OnnxModel.of(graph).withOpset("", 17), WeightOptions.int8()).kept())
        .hasValue(new Keep(KeepReason.NOT_A_WEIGHT, "Div"));
  }
}
