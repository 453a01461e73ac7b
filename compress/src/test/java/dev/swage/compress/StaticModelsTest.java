package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.WeightGrouping;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.run.ModelFile;
import dev.swage.run.ModelSession;
import dev.swage.run.OutputKind;
import dev.swage.run.score.Evaluation;
import dev.swage.run.score.OutputFidelity;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import dev.swage.testkit.onnx.LightModels;
import dev.swage.testkit.onnx.RandomWeights;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real networks with quantized weights and activations. */
class StaticModelsTest {
  @TempDir private Path folder;

  private static ModelQuantization everything() {
    return ModelQuantization.of(QuantizeOptions.of(QuantMode.STATIC).withObjective(Objective.SIZE));
  }

  private static DataSource digits(String keys) {
    return DataSource.open("idx:mnist?" + keys, SharedData.require("datasets"));
  }

  @ParameterizedTest
  @CsvSource({
    "ort-examples/mnist.onnx, scale=1",
    "tribuo/cnn_mnist.onnx, mean=0.1307&std=0.3081",
  })
  void digitsKeepTheirAccuracy(String model, String keys) {
    Path input = SharedData.require("models/" + model);
    Path output = folder.resolve("static.onnx");
    Conversion done =
        everything()
            .convert(input, output, QuantizeData.of(digits("split=train&limit=256&" + keys)));
    DataSource test = digits("split=test&" + keys);
    double drop = accuracy(input, test) - accuracy(output, test);
    assertThat(drop).isLessThanOrEqualTo(0.001);
    assertThat(done.proof().notFused()).isEmpty();
  }

  /**
   * ONNX Runtime's own quantizer, with a scale per weight (its files with more of them do not load)
   * and min-max ranges of 256 images, reaches this accuracy with these bytes. Dynamic ranges are
   * those of a batch: with 64 images or 100, one more or less of 10,000 is read.
   */
  @ParameterizedTest
  @CsvSource({
    "STATIC, ort-examples/mnist.onnx, scale=1, 0.9895, 21926",
    "STATIC, tribuo/cnn_mnist.onnx, mean=0.1307&std=0.3081, 0.9906, 27590",
    "DYNAMIC, ort-examples/mnist.onnx, scale=1, 0.9890, 17732",
    "DYNAMIC, tribuo/cnn_mnist.onnx, mean=0.1307&std=0.3081, 0.9908, 26318",
  })
  void digitsAreReadAsWellAsByTheOtherQuantizerInItsOwnWay(
      QuantMode mode, String model, String keys, double accuracy, long bytes) {
    Path output = folder.resolve("per-tensor.onnx");
    WeightOptions perTensor = WeightOptions.int8().withGrouping(WeightGrouping.perTensor());
    ModelQuantization.of(
            QuantizeOptions.of(mode).withObjective(Objective.SIZE).withWeights(perTensor))
        .convert(
            SharedData.require("models/" + model),
            output,
            QuantizeData.of(digits("split=train&limit=256&" + keys)));
    DataSource test = digits("split=test&" + keys);
    assertThat(accuracy(output, test, 50)).isGreaterThanOrEqualTo(accuracy);
    assertThat(output.toFile().length()).isLessThanOrEqualTo(bytes);
  }

  private static double accuracy(Path model, DataSource data) {
    return accuracy(model, data, 100);
  }

  private static double accuracy(Path model, DataSource data, int batch) {
    try (ModelSession session = ModelSession.open(model)) {
      OutputKind kind = OutputKind.of(ModelFile.read(model).model().graph());
      return Evaluation.of(session, data, batch, kind).accuracy().orElseThrow();
    }
  }

  @Test
  void residualNetworkRunsInIntegers() {
    Path input = SharedData.require("models/resnet-cifar10/resnet20-12fca82f.derived.onnx");
    Path output = folder.resolve("static.onnx");
    Conversion done = everything().convert(input, output, QuantizeData.of(colourDigits(1000)));
    assertThat(done.proof().notFused()).isEmpty();
    assertThat(done.proof().kernels().orElseThrow().operators())
        .containsEntry("QLinearConv", 19L)
        .containsEntry("QLinearAdd", 9L);
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(20);
    assertThat(done.proof().fidelity().orElseThrow().topOneAgreement().orElseThrow())
        .isGreaterThan(0.97);
  }

  /** Digits as colour pictures of 32 × 32: two pixels of border, the same in three channels. */
  private static DataSource colourDigits(int count) {
    float[] mean = {0.485f, 0.456f, 0.406f};
    float[] std = {0.229f, 0.224f, 0.225f};
    DataSource source = digits("split=test&limit=" + count);
    float[] pixels = new float[count * 3 * 32 * 32];
    for (int i = 0; i < count; i++) {
      Tensor digit = source.batch(i).inputs().getFirst();
      for (int c = 0; c < 3; c++) {
        for (int y = 0; y < 32; y++) {
          for (int x = 0; x < 32; x++) {
            boolean inside = y >= 2 && y < 30 && x >= 2 && x < 30;
            float value = inside ? digit.getFloat((y - 2) * 28 + x - 2) : 0;
            pixels[((i * 3 + c) * 32 + y) * 32 + x] = (value - mean[c]) / std[c];
          }
        }
      }
    }
    Tensor none = Tensor.ofLongs(Shape.of(count), new long[count]);
    return DataSource.of(Tensor.ofFloats(Shape.of(count, 3, 32, 32), pixels), none);
  }

  /**
   * Every Conv and Gemm, and nothing but the first input is converted where all can be codes.
   * VGG-19 with its 144 million weights takes too long here: {@code ./bench light} has it.
   */
  @ParameterizedTest
  @CsvSource({
    "squeezenet, 26, 0, 1",
    "shufflenet, 49, 1, 1",
    "resnet50, 53, 1, 1",
    "inception_v1, 57, 1, 4",
    "inception_v2, 69, 1, 1",
    "densenet121, 183, 0, 1",
  })
  void architectureRunsInIntegers(String name, long convolutions, long products, long quantizers) {
    Conversion done =
        everything()
            .convert(
                architecture(name),
                folder.resolve("static.onnx"),
                QuantizeData.of(DataSource.open("random:1x3x224x224?n=2", folder)));
    assertThat(done.proof().notFused()).isEmpty();
    assertThat(done.proof().kernels().orElseThrow().operators())
        .containsEntry("QLinearConv", convolutions)
        .doesNotContainKeys("Conv", "FusedConv", "Gemm", "MatMul");
    assertThat(done.proof().kernels().orElseThrow().operators().getOrDefault("QGemm", 0L))
        .isEqualTo(products);
    assertThat(done.proof().kernels().orElseThrow().operators().getOrDefault("QuantizeLinear", 0L))
        .isLessThanOrEqualTo(quantizers);
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(25);
  }

  private Path architecture(String name) {
    Path random = folder.resolve("random.onnx");
    OnnxModel light = LightModels.read(SharedData.require(LightModels.ARCHIVE), name);
    OnnxWriter.write(RandomWeights.in(light), random);
    return random;
  }

  /** Also on pictures that were not calibrated on. */
  @ParameterizedTest
  @ValueSource(strings = {"version-RFB-320", "version-RFB-320_simplified"})
  void faceDetectorKeepsBothOutputs(String name) {
    String photos = "random:1x3x240x320?dist=photo&scale=1&mean=127&std=128";
    Path input = SharedData.require("models/ultraface/" + name + ".onnx");
    Path output = folder.resolve("static.onnx");
    Conversion done =
        everything()
            .convert(input, output, QuantizeData.of(DataSource.open(photos + "&n=12", folder)));
    assertThat(done.proof().notFused()).isEmpty();
    assertThat(done.proof().kernels().orElseThrow().operators()).containsEntry("QLinearConv", 52L);
    assertThat(done.proof().fidelity().orElseThrow().outputs()).hasSize(2);
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(25);
    try (ModelSession before = ModelSession.open(input);
        ModelSession after = ModelSession.open(output)) {
      DataSource others = DataSource.open(photos + "&n=8&split=test", folder);
      assertThat(OutputFidelity.of(before, after, others, 1).leastSqnrDb()).isGreaterThan(24);
    }
  }
}
