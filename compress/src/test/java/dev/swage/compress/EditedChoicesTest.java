package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlanFile;
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
import dev.swage.testkit.TestFloats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plans that ask of a node what it cannot carry are refused before anything is written. */
class EditedChoicesTest {
  private static final DataSource PICTURES = DataSource.open("random:1x3x8x8?n=4", Path.of(""));
  private static final ModelQuantization STATIC =
      ModelQuantization.of(QuantizeOptions.of(QuantMode.STATIC).withObjective(Objective.SIZE));

  @TempDir private Path folder;
  private Path model = Path.of("");
  private Path output = Path.of("");
  private String plan = "";

  private static Tensor weight(long... dims) {
    Shape shape = Shape.of(dims);
    return Tensor.ofFloats(shape, TestFloats.gaussian((int) shape.elements(), 0.2, 3));
  }

  @BeforeEach
  void planned() throws IOException {
    Graph graph =
        Graph.builder("net")
            .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(1, 3, 8, 8)))
            .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(1, 1, 1, 8)))
            .node(
                Node.of("conv", "Conv", List.of("x", "w1"), "a")
                    .with("pads", Attribute.ints(1, 1, 1, 1)))
            .node(Node.of("relu", "Relu", List.of("a"), "r"))
            .node(Node.of("deep", "Conv", List.of("r", "w2"), "b"))
            .node(Node.of("act", "Tanh", List.of("b"), "t"))
            .node(Node.of("flat", "Reshape", List.of("t", "shape"), "f"))
            .node(
                Node.of("steps", "GRU", List.of("f", "w3", "r3"), "y")
                    .with("hidden_size", Attribute.of(8)))
            .initializer("w1", weight(8, 3, 3, 3))
            .initializer("w2", weight(4, 8, 3, 3))
            .initializer("shape", Tensor.ofLongs(Shape.of(3), 1, 1, 144))
            .initializer("w3", weight(1, 24, 144))
            .initializer("r3", weight(1, 24, 8))
            .build();
    model = folder.resolve("net.onnx");
    output = folder.resolve("small.onnx");
    OnnxWriter.write(OnnxModel.of(graph).withOpset("", 13), model);
    plan = PlanFile.render(STATIC.plan(model, QuantizeData.of(PICTURES)).plan());
    Files.writeString(output, "of before");
  }

  private void apply(String text) {
    STATIC.apply(PlanFile.parse("plan.yaml", text), model, output, Optional.of(PICTURES));
  }

  private void assertRefused(String text, String complaint) {
    assertThat(text).isNotEqualTo(plan);
    assertThatThrownBy(() -> apply(text))
        .isInstanceOf(CompressException.class)
        .hasMessage(complaint);
    assertThat(output).hasContent("of before");
  }

  /** The plan with another choice for a node. */
  private String with(String node, String choice) {
    return plan.replaceFirst("(node: " + node + ", operator: \\w+), [^}]*", "$1, " + choice);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "act | quantize: static | the plan has node 'act' (Tanh) static: ONNX Runtime has no integer kernel for it (Tanh); it can be kept",
        "act | 'quantize: dynamic, weight: int8 per-channel' | the plan has node 'act' (Tanh) dynamic: no integer kernel for it takes codes made at every run; mode static or mixed may have one (Tanh); it can be kept",
        "act | 'quantize: weight-only, weight: int4 group 32' | the plan has node 'act' (Tanh) weight-only int4 group 32: it has no weight to narrow; it can be kept",
        "act | absorb: deep | the plan has node 'act' (Tanh) absorbed by 'deep': only Relu and Clip are; it can be kept",
        "relu | absorb: dep | the plan has node 'relu' (Relu) absorbed by 'dep': the model has no node of that name; it can be kept",
        "relu | absorb: deep | the plan has node 'relu' (Relu) absorbed by 'deep': it must be the only one to read what that node computes; it can be kept",
        "steps | quantize: static | the plan has node 'steps' (GRU) static: a recurrence has no integer kernel with ranges fixed ahead: its weights alone can be codes, an LSTM's also in mode dynamic with form contrib (GRU); it can be weight-only or kept",
        "flat | quantize: static | the plan has node 'flat' (Reshape) static: the plan has no range for value 't'; it can be kept",
        "flat | 'quantize: dynamic, weight: int8 per-channel' | the plan has node 'flat' (Reshape) dynamic: no integer kernel for it takes codes made at every run; mode static or mixed may have one (Reshape); it can be kept",
      })
  void whatANodeCannotBeIsRefused(String node, String choice, String complaint) {
    assertRefused(with(node, choice), complaint);
  }

  @Test
  void whatANodeCanBeIsNamed() {
    assertRefused(
        with("conv", "absorb: deep"),
        "the plan has node 'conv' (Conv) absorbed by 'deep': only Relu and Clip are;"
            + " it can be static, dynamic, weight-only or kept");
    assertRefused(
        with("relu", "quantize: static"),
        "the plan has node 'relu' (Relu) static: ONNX Runtime has no integer kernel for it (Relu);"
            + " it can be kept");
  }

  /** Kernels of operators on codes read bytes; between conversions, bytes are made of codes. */
  @ParameterizedTest
  @CsvSource({
    "int4 per-channel, qoperator",
    "int2 per-tensor, qoperator",
    "uint8 per-channel, qdq",
    "uint4 per-channel, qdq"
  })
  void staticWeightsHaveTheWidthsThatTheirKernelsCanRead(String weight, String form) {
    assertRefused(
        with("conv", "quantize: static, weight: " + weight).replace("form: qdq", "form: " + form),
        "the plan has %s for node 'conv' (Conv); weights of static nodes are int8, int7 for -64…64, or in form qdq int6 to int2"
            .formatted(weight));
  }

  @ParameterizedTest
  @CsvSource({"int6, INT8", "int4, INT4", "int3, INT4", "int2, INT2"})
  void narrowStaticWeightsAreWrittenBetweenConversions(String width, DType stored) {
    apply(with("conv", "quantize: static, weight: %s per-channel".formatted(width)));
    assertThat(OnnxReader.read(output).graph().initializers().get("w1_quantized").dtype())
        .isEqualTo(stored);
  }

  @Test
  void codesMustEndWhereAnAbsorbedNodeClips() {
    assertRefused(
        plan.replaceFirst("value: r, min: 0.0, max: [^,]*", "value: r, min: -1.5, max: 3.0"),
        "the plan has node 'relu' (Relu) absorbed by 'conv': codes of 'r' reach from -1.500 to 3.000"
            + " where it clips to [0.0, Infinity]; it can be kept");
  }

  @Test
  void valuesTheModelLacksAreNamed() {
    assertRefused(
        plan.replace("value: r,", "value: rr,"),
        "the plan has codes for value 'rr', which the prepared %s lacks; did you mean 'r'?"
            .formatted(model));
  }

  /**
   * Each reader of a shared weight has the codes that the plan says, and its bias goes with them.
   */
  @Test
  void readersOfOneWeightMayHaveItInOtherWidths() {
    Graph graph =
        Graph.builder("net")
            .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(1, 3, 8, 8)))
            .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(1, 8, 6, 6)))
            .node(Node.of("one", "Conv", List.of("x", "w", "b"), "a"))
            .node(Node.of("two", "Conv", List.of("x", "w", "b"), "c"))
            .node(Node.of("sum", "Add", List.of("a", "c"), "y"))
            .initializer("w", weight(8, 3, 3, 3))
            .initializer("b", weight(8))
            .build();
    OnnxWriter.write(OnnxModel.of(graph).withOpset("", 13), model);
    plan = PlanFile.render(STATIC.plan(model, QuantizeData.of(PICTURES)).plan());
    apply(with("two", "quantize: static, weight: int7 per-channel"));
    List<Integer> largest = new ArrayList<>();
    OnnxReader.read(output)
        .graph()
        .initializers()
        .forEach((name, tensor) -> {
          if (name.startsWith("w_quantized")) {
            largest.add(Codes.largest(tensor));
          }
        });
    assertThat(largest).containsExactlyInAnyOrder(127, 64);
  }

  @Test
  void otherChoicesThatANodeCanCarryAreCarriedOut() {
    apply(with("steps", "quantize: weight-only, weight: int8 per-channel"));
    assertThat(output).isNotEmptyFile();
    assertThat(output.toFile().length()).isLessThan(model.toFile().length());
  }
}
