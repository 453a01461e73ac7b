package dev.swage.testkit.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class LightModelsTest {
  @Test
  void weightsAreDrawnOnceAndForAll() {
    Path archive = SharedData.require(LightModels.ARCHIVE);
    OnnxModel light = LightModels.read(archive, "squeezenet");
    OnnxModel model = RandomWeights.in(light);
    long weights =
        model.graph().initializers().values().stream()
            .filter(tensor -> tensor.shape().rank() == 4)
            .mapToLong(tensor -> tensor.shape().elements())
            .sum();
    assertThat(weights).isEqualTo(1_231_552).isLessThan(RandomWeights.count(light));
    assertThat(model.graph().nodes())
        .noneMatch(node -> node.is("ConstantOfShape") || node.is("Softmax"));
    Tensor first =
        model.graph().initializers().values().stream()
            .filter(tensor -> tensor.shape().rank() == 4)
            .findFirst()
            .orElseThrow();
    assertThat(first.toFloats()).doesNotContain(0f, 1f);
    assertThat(OnnxWriter.toBytes(RandomWeights.in(light))).isEqualTo(OnnxWriter.toBytes(model));
  }

  @Test
  void unknownNamesAreRefused() {
    Path archive = SharedData.require(LightModels.ARCHIVE);
    assertThatThrownBy(() -> LightModels.read(archive, "resnet500"))
        .hasMessage(archive + ": no entry 'onnx-backend/light/light_resnet500.onnx'");
  }
}
