package dev.swage.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import dev.swage.testkit.TestFloats;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelSessionTest {
  private static final Shape IMAGE = Shape.of(1, 1, 28, 28);
  private static final String MNIST = "models/ort-examples/mnist.onnx";

  /** A reordered sum of 3,136 products of unit size, relative to outputs of about 4. */
  private static final Offset<Float> ROUNDING = Offset.offset(1e-4f);

  private static ModelSession mnist() {
    return ModelSession.open(SharedData.require(MNIST));
  }

  private static Tensor image(long seed) {
    return Tensor.ofFloats(IMAGE, TestFloats.gaussian(784, 1, seed));
  }

  @Test
  void namesTypesAndShapesAreTheModels() {
    try (ModelSession session = mnist()) {
      assertThat(session.inputs()).hasSize(1);
      assertThat(OrtTypes.format(session.inputs().getFirst()))
          .isEqualTo("'Input3' FLOAT32[1, 1, 28, 28]");
      assertThat(OrtTypes.format(session.outputs().getFirst()))
          .isEqualTo("'Plus214_Output_0' FLOAT32[1, 10]");
    }
  }

  @Test
  void heapAndNativeInputsGiveTheSameBits() {
    try (ModelSession session = mnist();
        Arena arena = Arena.ofConfined()) {
      Tensor heap = image(7);
      Tensor inPlace =
          Tensor.of(
              DType.FLOAT32, IMAGE, arena.allocate(heap.byteSize(), 64).copyFrom(heap.data()));
      assertThat(session.run(List.of(inPlace)).getFirst().toFloats())
          .containsExactly(session.run(List.of(heap)).getFirst().toFloats());
    }
  }

  @Test
  void modelsTooLargeForMemoryGoByWayOfFilesThatDoNotStay(@TempDir Path folder) throws IOException {
    Tensor weight = Tensor.ofFloats(Shape.of(300, 200), TestFloats.gaussian(60_000, 1, 4));
    Graph graph =
        Graph.builder("product")
            .input(new ValueInfo("x", Optional.of(DType.FLOAT32), Optional.empty()))
            .initializer("w", weight)
            .node(Node.of("p", "MatMul", List.of("x", "w"), "y"))
            .output(new ValueInfo("y", Optional.of(DType.FLOAT32), Optional.empty()))
            .build();
    OnnxModel model = OnnxModel.of(graph);
    Tensor x = Tensor.ofFloats(Shape.of(1, 300), TestFloats.gaussian(300, 1, 5));
    try (ModelSession inMemory = ModelSession.open("m", model, SessionOptions.defaults());
        ModelSession spilled =
            ModelSession.open("m", model, SessionOptions.defaults(), folder, 0)) {
      assertThat(spilled.run(List.of(x)).getFirst().toFloats())
          .containsExactly(inMemory.run(List.of(x)).getFirst().toFloats());
    }
    assertThat(folder).isEmptyDirectory();
    SpilledModel files = SpilledModel.of("m", model, folder);
    assertThat(Files.size(files.file())).isLessThan(1000);
    assertThat(files.file().getParent())
        .isDirectoryContaining(file ->
            file.toString().endsWith(".data") && file.toFile().length() == weight.byteSize());
    files.close();
    assertThat(folder).isEmptyDirectory();
    Path missing = folder.resolve("missing");
    assertThatThrownBy(() -> ModelSession.open("m", model, SessionOptions.defaults(), missing, 0))
        .isInstanceOf(RunException.class)
        .hasMessageContaining("m: its weights cannot be written to a temporary file");
  }

  @Test
  void modelsFromBytesAndFromFileAgree() throws IOException {
    Path file = SharedData.require(MNIST);
    try (ModelSession fromFile = ModelSession.open(file);
        ModelSession fromBytes =
            ModelSession.open("bytes", Files.readAllBytes(file), SessionOptions.defaults())) {
      assertThat(fromBytes.run(List.of(image(3))).getFirst().toFloats())
          .containsExactly(fromFile.run(List.of(image(3))).getFirst().toFloats());
    }
  }

  @Test
  void wrongInputsAreToldWhatTheModelWants() {
    try (ModelSession session = mnist()) {
      assertThatThrownBy(() -> session.run(List.of()))
          .isInstanceOf(RunException.class)
          .hasMessage(session.name() + " wants 1 input ('Input3' FLOAT32[1, 1, 28, 28]), got 0");
      assertThatThrownBy(
              () -> session.run(List.of(Tensor.ofFloats(Shape.of(1, 784), new float[784]))))
          .isInstanceOf(RunException.class)
          .hasMessage(
              session.name()
                  + " wants input 0 as 'Input3' FLOAT32[1, 1, 28, 28], got FLOAT32[1, 784]");
      assertThatThrownBy(() -> session.run(List.of(Tensor.ofInts(IMAGE, new int[784]))))
          .isInstanceOf(RunException.class)
          .hasMessage(
              session.name()
                  + " wants input 0 as 'Input3' FLOAT32[1, 1, 28, 28], got INT32[1, 1, 28, 28]");
    }
  }

  @Test
  void closedSessionsRefuseAndCloseTwice() {
    ModelSession session = mnist();
    session.close();
    session.close();
    assertThatThrownBy(() -> session.run(List.of(image(1))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the session of " + session.name() + " is closed");
  }

  @Test
  void filesThatAreMissingOrBrokenAreOneLine(@TempDir Path folder) throws IOException {
    Path missing = folder.resolve("missing.onnx");
    assertThatThrownBy(() -> ModelSession.open(missing))
        .isInstanceOf(RunException.class)
        .hasMessage(missing + ": no such model file");
    Path broken = Files.write(folder.resolve("broken.onnx"), new byte[] {1, 2, 3});
    assertThatThrownBy(() -> ModelSession.open(broken))
        .isInstanceOf(RunException.class)
        .hasMessageStartingWith(broken + ": ONNX Runtime cannot load it: ")
        .message()
        .doesNotContain("\n");
  }

  @Test
  void optimizedModelsAreWrittenWhereAskedAndStillAgree(@TempDir Path folder) {
    Path written = folder.resolve("optimized.onnx");
    SessionOptions options =
        SessionOptions.defaults()
            .withThreads(1)
            .withOptimization(SessionOptions.GraphOptimization.EXTENDED)
            .withOptimizedModel(written);
    try (ModelSession session = ModelSession.open(SharedData.require(MNIST), options);
        ModelSession optimized = ModelSession.open(written)) {
      assertThat(optimized.run(List.of(image(5))).getFirst().toFloats())
          .containsExactly(session.run(List.of(image(5))).getFirst().toFloats(), ROUNDING);
    }
  }

  @Test
  void optionsRefuseNoThreads() {
    assertThatThrownBy(() -> SessionOptions.defaults().withThreads(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("threads must be at least 1, got 0");
  }

  @Test
  void foldedWeightsGiveTheSameOutputs() {
    Path model = SharedData.require("models/resnet-cifar10/resnet20-12fca82f.derived.onnx");
    Tensor image = Tensor.ofFloats(Shape.of(1, 3, 32, 32), TestFloats.gaussian(3 * 32 * 32, 1, 5));
    SessionOptions folded = SessionOptions.defaults().withWeightsFolded(true);
    try (ModelSession plain = ModelSession.open(model);
        ModelSession once = ModelSession.open(model, folded)) {
      assertThat(once.run(List.of(image)).getFirst().toFloats())
          .containsExactly(plain.run(List.of(image)).getFirst().toFloats(), Offset.offset(1e-4f));
    }
  }
}
