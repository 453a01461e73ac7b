package dev.swage.compress.dynamic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.TestPlans;
import dev.swage.data.DataSource;
import dev.swage.graph.Preparation;
import dev.swage.graph.PreparationOptions;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.ModelFile;
import dev.swage.run.ModelSession;
import dev.swage.run.OutputKind;
import dev.swage.run.RuntimeEvaluator;
import dev.swage.run.score.Evaluation;
import dev.swage.run.score.OutputFidelity;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real networks whose activations become codes at run time. */
class DynamicModelsTest {
  @TempDir private Path folder;

  private DynamicModel quantize(Path input, DynamicOptions options, Path output) {
    OnnxModel model =
        Preparation.of(
                OnnxReader.read(input),
                PreparationOptions.defaults().withOpset(13),
                new RuntimeEvaluator())
            .model();
    DynamicModel quantized = DynamicWriter.write(model, TestPlans.dynamic(model.graph(), options));
    OnnxWriter.write(quantized.model(), output);
    requireStored(quantized, OnnxReader.read(output).graph());
    return quantized;
  }

  /** Every stored tensor is read back bit for bit, in its graph. */
  private static void requireStored(DynamicModel quantized, Graph written) {
    Map<GraphPath, Graph> graphs = new HashMap<>();
    GraphPath.walk(written, graphs::put);
    quantized
        .stored()
        .forEach((path, tensors) ->
            tensors.forEach((name, tensor) -> {
              Tensor read = graphs.get(path).initializers().get(name);
              assertThat(read).as(path.key(name)).isNotNull();
              assertThat(read.toString()).isEqualTo(tensor.toString());
              assertThat(read.data().mismatch(tensor.data())).isEqualTo(-1);
            }));
  }

  @ParameterizedTest
  @CsvSource({
    "ort-examples/mnist.onnx, scale=1, 17732",
    "tribuo/cnn_mnist.onnx, mean=0.1307&std=0.3081, 26318",
  })
  void digitsKeepTheirAccuracy(String model, String keys, long bytes) throws IOException {
    Path input = SharedData.require("models/" + model);
    DataSource test =
        DataSource.open("idx:mnist?split=test&" + keys, SharedData.require("datasets"));
    for (DynamicForm form : DynamicForm.values()) {
      Path output = folder.resolve("dynamic.onnx");
      DynamicOptions options = DynamicOptions.of(form).withConvolutions(true);
      quantize(input, options, output);
      assertThat(accuracy(input, test) - accuracy(output, test)).isLessThanOrEqualTo(0.0005);
      // What ONNX Runtime's own quantizer writes.
      assertThat(Files.size(output)).isLessThanOrEqualTo(bytes);
    }
  }

  private static double accuracy(Path model, DataSource data) {
    try (ModelSession session = ModelSession.open(model)) {
      OutputKind kind = OutputKind.of(ModelFile.read(model).model().graph());
      return Evaluation.of(session, data, 100, kind).accuracy().orElseThrow();
    }
  }

  @Test
  void residualNetworkComputesWithIntegers() throws IOException {
    Path input = SharedData.require("models/resnet-cifar10/resnet20-12fca82f.derived.onnx");
    Path output = folder.resolve("dynamic.onnx");
    DynamicModel quantized =
        quantize(input, DynamicOptions.standard().withConvolutions(true), output);
    assertThat(Files.size(output)).isLessThanOrEqualTo(309236);
    DynamicKernels kernels = DynamicKernels.of(output, quantized);
    assertThat(kernels.kernels()).hasSize(20).doesNotContainValue(IntegerKernel.NONE);
    assertThat(kernels.operators())
        .containsEntry("ConvInteger", 19L)
        .containsEntry("DynamicQuantizeMatMul", 1L)
        .doesNotContainKeys("Conv", "FusedConv", "Gemm");
    DataSource data = DataSource.open("random:1x3x32x32?n=16", folder);
    try (ModelSession before = ModelSession.open(input);
        ModelSession after = ModelSession.open(output)) {
      assertThat(OutputFidelity.of(before, after, data, 1).leastSqnrDb()).isGreaterThan(20);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "silero_vad_16k_op15.onnx, 2, DynamicQuantizeLSTM",
    "silero_vad_op18_ifless.onnx, 4, DynamicQuantizeMatMul",
  })
  void speechIsFoundWhereItWas(String model, long nodes, String operator) throws IOException {
    Path input = SharedData.require("models/silero-vad/" + model);
    float[] sound = sound(SharedData.require("models/silero-vad/test.wav"));
    Path output = folder.resolve("dynamic.onnx");
    DynamicModel quantized = quantize(input, DynamicOptions.contrib(), output);
    DynamicKernels kernels = DynamicKernels.of(output, quantized);
    assertThat(quantized.written()).allSatisfy(node -> assertThat(node.path().isMain()).isFalse());
    assertThat(kernels.operators()).containsEntry(operator, nodes);
    assertThat(kernels.notFused()).isEmpty();
    List<Float> before = probabilities(input, sound);
    List<Float> after = probabilities(output, sound);
    assertThat(before).hasSize(1875);
    for (int i = 0; i < before.size(); i++) {
      assertThat(Math.abs(before.get(i) - after.get(i))).isLessThanOrEqualTo(0.03f);
    }
  }

  /** 16-bit samples behind the header. */
  private static float[] sound(Path wav) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(wav)).order(ByteOrder.LITTLE_ENDIAN);
    int at = 12;
    while (bytes.getInt(at) != 0x61746164) {
      at += 8 + bytes.getInt(at + 4);
    }
    float[] samples = new float[bytes.getInt(at + 4) / 2];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = bytes.getShort(at + 8 + 2 * i) / 32768f;
    }
    return samples;
  }

  /** Frames of 512 samples, each behind the last 64 before it, with the state carried on. */
  private static List<Float> probabilities(Path model, float[] sound) {
    List<Float> probabilities = new ArrayList<>();
    float[] window = new float[576];
    Tensor state = Tensor.ofFloats(Shape.of(2, 1, 128), new float[256]);
    try (ModelSession session = ModelSession.open(model)) {
      for (int from = 0; from + 512 <= sound.length; from += 512) {
        System.arraycopy(window, 512, window, 0, 64);
        System.arraycopy(sound, from, window, 64, 512);
        List<Tensor> inputs = new ArrayList<>();
        for (ValueInfo input : session.inputs()) {
          inputs.add(
              switch (input.name()) {
                case "input" -> Tensor.ofFloats(Shape.of(1, 576), window);
                case "sr" -> Tensor.ofLongs(Shape.of(), 16000);
                default -> state;
              });
        }
        List<Tensor> outputs = session.run(inputs);
        probabilities.add(outputs.getFirst().getFloat(0));
        state = outputs.getLast();
      }
    }
    return probabilities;
  }
}
