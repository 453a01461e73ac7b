package dev.swage.train.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import dev.swage.testkit.TestFloats;
import dev.swage.testkit.onnx.LightModels;
import dev.swage.testkit.onnx.RandomWeights;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Published image networks with seeded weights give what ONNX Runtime gives. */
final class LightModelsForwardTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "bvlc_alexnet",
        "densenet121",
        "inception_v1",
        "inception_v2",
        "resnet50",
        "shufflenet",
        "squeezenet",
        "zfnet512"
      })
  void outputs_are_those_of_onnx_runtime(String name) {
    OnnxModel model =
        RandomWeights.in(LightModels.read(SharedData.require(LightModels.ARCHIVE), name));
    Tensor image =
        Tensor.ofFloats(Shape.of(1, 3, 224, 224), TestFloats.gaussian(3 * 224 * 224, 1, 5));
    float[] expected;
    try (ModelSession runtime =
        ModelSession.open(name, OnnxWriter.toBytes(model), SessionOptions.defaults())) {
      expected = runtime.run(List.of(image)).getFirst().toFloats();
    }
    float[] got;
    try (TorchSession ours = TorchSession.open(model, TorchSession.Head.OUTPUT, 0)) {
      got = ours.outputs(List.of(image)).getFirst().toFloats();
    }
    assertThat(got).hasSameSizeAs(expected);
    double error = 0;
    double power = 0;
    for (int i = 0; i < got.length; i++) {
      error += Math.pow(got[i] - expected[i], 2);
      power += Math.pow(expected[i], 2);
    }
    assertThat(Math.sqrt(error / power)).isLessThan(1e-4);
  }
}
