package dev.swage.train.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.testkit.SharedData;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Models that others published give the outputs that lie beside them, and their weights get finite
 * gradients.
 */
final class SharedModelsTest {
  /**
   * Weights that the test data do not use: this file holds a network for each sample rate, and the
   * data are sampled at 16 kHz.
   */
  private static final Map<String, String> UNUSED =
      Map.of("silero-vad/silero_vad_op18_ifless", "model_8k\\..*|val_7(_2)?");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gtcrn/gtcrn",
        "gtcrn/gtcrn_simple",
        "onnxruntime-genai/tiny-random-gpt2-fp32/past",
        "ort-examples/mnist",
        "silero-vad/silero_vad_16k_op15",
        "silero-vad/silero_vad_op18_ifless",
        "tribuo/cnn_mnist",
        "tribuo/iris-lr-model"
      })
  void runs_and_learns(String name) throws IOException {
    SharedModel model =
        new SharedModel(
            SharedData.require("models/" + name + ".onnx"),
            SharedData.require("models/" + name + ".testdata"));
    assertThat(model.difference()).as("outputs").isLessThan(1e-4);
    Map<String, Optional<float[]>> gradients = model.gradients();
    assertThat(gradients).isNotEmpty();
    TreeSet<String> wrong = new TreeSet<>();
    gradients.forEach((weight, gradient) -> {
      boolean unused = weight.matches(UNUSED.getOrDefault(name, ""));
      if (unused != gradient.isEmpty() || gradient.filter(SharedModelsTest::hasOther).isPresent()) {
        wrong.add(weight);
      }
    });
    assertThat(wrong).as("weights without a finite gradient").isEmpty();
  }

  /** Whether there is something else than finite numbers. */
  private static boolean hasOther(float[] gradient) {
    for (float value : gradient) {
      if (!Float.isFinite(value)) {
        return true;
      }
    }
    return false;
  }
}
