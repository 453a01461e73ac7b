package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedWeight;
import dev.swage.compress.plan.WeightForm;
import dev.swage.compress.plan.WeightGrouping;
import dev.swage.compress.probe.ProbeSource;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.compress.write.QuantizedModel;
import dev.swage.data.DataSource;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.ModelFile;
import dev.swage.run.ModelSession;
import dev.swage.run.OutputKind;
import dev.swage.run.score.Evaluation;
import dev.swage.run.score.SignalToNoise;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import dev.swage.testkit.onnx.RandomWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Weights of recurrent layers and of ONNX Runtime's own operators, and digits on the whole test
 * set.
 */
class RecurrentWeightsTest {
  private static final int HIDDEN = 20;
  private static final int FEATURES = 36;

  @TempDir private Path folder;

  private static Graph layer(String type, int gates, int directions) {
    int rows = gates * HIDDEN;
    Shape bias = Shape.of(directions, 2L * rows);
    return Graph.builder(type)
        .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(5, 2, FEATURES)))
        .initializer("w", RandomWeights.of(1, directions, rows, FEATURES))
        .initializer("r", RandomWeights.of(2, directions, rows, HIDDEN))
        .initializer("b", RandomWeights.of(3, bias.toArray()))
        .initializer("start", RandomWeights.of(4, directions, 2, HIDDEN))
        .node(
            Node.of("layer", type, List.of("x", "w", "r", "b", "", "start"), "y")
                .with("hidden_size", Attribute.of(HIDDEN))
                .with("direction", Attribute.of(directions == 2 ? "bidirectional" : "forward")))
        .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(5, directions, 2, HIDDEN)))
        .build();
  }

  private static PlannedWeight find(QuantizedModel model, String name) {
    return model.plan().weights().stream()
        .filter(weight -> weight.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({"RNN, 1", "GRU, 3", "LSTM, 4"})
  void bothMatricesOfALayerBecomeCodes(String type, int gates) {
    for (int directions = 1; directions <= 2; directions++) {
      Path input = folder.resolve("layer.onnx");
      OnnxWriter.write(OnnxModel.of(layer(type, gates, directions)), input);
      for (WeightOnly recipe :
          List.of(
              WeightOnly.int8(),
              WeightOnly.of(WeightOptions.int8().asymmetric()),
              WeightOnly.int4(),
              WeightOnly.of(WeightOptions.int4().withBits(2)))) {
        Conversion done = recipe.convert(input, folder.resolve("small.onnx"));
        assertThat(done.proof().dequantized().orElseThrow().runs()).isEqualTo(3);
        assertThat(done.quantized().codes().keySet()).containsExactly("w", "r");
        assertThat(find(done.quantized(), "b").kept()).hasValue(new Keep(KeepReason.BIAS, type));
        assertThat(find(done.quantized(), "start").kept())
            .hasValue(new Keep(KeepReason.INITIAL_STATE, type));
      }
    }
  }

  @Test
  void everyDirectionHasItsOwnScales() {
    for (int directions = 1; directions <= 2; directions++) {
      QuantizedModel int8 =
          WeightOnly.of(WeightOptions.int8().withGrouping(WeightGrouping.perChannel()))
              .apply(OnnxModel.of(layer("LSTM", 4, directions)));
      assertThat(find(int8, "w").codes().getFirst().form())
          .isEqualTo(directions == 1 ? WeightForm.AS_IS : WeightForm.STACKED);
      assertThat(int8.stored().get("w_scale").shape())
          .isEqualTo(Shape.of(directions * 4L * HIDDEN));
      QuantizedModel int4 = WeightOnly.int4().apply(OnnxModel.of(layer("LSTM", 4, directions)));
      assertThat(int4.stored().get("w_scale").shape())
          .as("blocks of 32 along the last axis")
          .isEqualTo(Shape.of(directions, 4L * HIDDEN, 2));
    }
  }

  /** The prompt of the recorded run: ids, positions, mask and empty pasts. */
  private static List<Tensor> prompt(Path data, int inputs) {
    List<Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < inputs; i++) {
      tensors.add(OnnxReader.readTensor(data.resolve("input_%d.pb".formatted(i))));
    }
    return tensors;
  }

  @Test
  void attentionOfOnnxRuntimeBecomesCodes() {
    String at = "models/onnxruntime-genai/tiny-random-gpt2-fp32/";
    Path model = SharedData.require(at + "past.onnx");
    List<Tensor> prompt = prompt(SharedData.require(at + "past.testdata/test_data_set_0"), 8);
    assertThat(logits(model, prompt, WeightOnly.int8(), 23)).isGreaterThan(30);
    double symmetric = logits(model, prompt, WeightOnly.int4(), 23);
    assertThat(symmetric).isGreaterThan(15);
    assertThat(logits(model, prompt, WeightOnly.of(WeightOptions.int4().asymmetric()), 23))
        .isGreaterThan(symmetric);
  }

  private double logits(Path model, List<Tensor> prompt, WeightOnly recipe, int weights) {
    Path small = folder.resolve("small.onnx");
    Conversion done =
        recipe.convert(model, small, ProbeSource.of(ModelFile.read(model), List.of(prompt)));
    assertThat(done.quantized().codes()).hasSize(weights);
    assertThat(done.sizeRatio()).isLessThan(0.31);
    SignalToNoise error = new SignalToNoise();
    try (ModelSession before = ModelSession.open(model);
        ModelSession after = ModelSession.open(small)) {
      error.add(before.run(prompt).getFirst(), after.run(prompt).getFirst());
    }
    return error.decibels();
  }

  @ParameterizedTest
  @CsvSource({
    "ort-examples/mnist.onnx, scale=1, 17732",
    "tribuo/cnn_mnist.onnx, mean=0.1307&std=0.3081, 26318",
  })
  void digitsKeepTheirAccuracyInFewerBytesThanOthersNeed(String model, String keys, long bytes)
      throws IOException {
    Path input = SharedData.require("models/" + model);
    DataSource test =
        DataSource.open("idx:mnist?split=test&" + keys, SharedData.require("datasets"));
    Path small = folder.resolve("small.onnx");
    double before = accuracy(input, test);
    WeightOnly.int8().convert(input, small);
    assertThat(before - accuracy(small, test)).isLessThanOrEqualTo(0.0005);
    assertThat(Files.size(small)).isLessThan(bytes);
    WeightOnly.int4().convert(input, small);
    assertThat(before - accuracy(small, test)).isLessThanOrEqualTo(0.005);
  }

  private static double accuracy(Path model, DataSource data) {
    try (ModelSession session = ModelSession.open(model)) {
      OutputKind kind = OutputKind.of(ModelFile.read(model).model().graph());
      return Evaluation.of(session, data, 100, kind).accuracy().orElseThrow();
    }
  }
}
