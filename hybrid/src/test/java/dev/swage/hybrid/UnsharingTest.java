package dev.swage.hybrid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.QuantizeData;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import dev.swage.train.Adam;
import dev.swage.train.Loss;
import dev.swage.train.Trainer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights that are equal by chance learn each its own. */
final class UnsharingTest {
  private static final List<String> BIASES = List.of("dense1.bias", "dense2.bias", "dense3.bias");

  @TempDir private Path folder;

  /** Its biases are all 0. */
  private static OnnxModel net() {
    return Network.input("x", 8).dense(8).relu().dense(8).relu().dense(8).seed(3).build();
  }

  private static DataSource data() {
    float[] values = TestFloats.gaussian(64 * 8, 1, 3);
    return DataSource.of(
        Tensor.ofFloats(Shape.of(64, 8), values),
        Tensor.ofLongs(Shape.of(64), TestFloats.random(5).longs(64, 0, 8).toArray()));
  }

  private static float[] value(OnnxModel model, String name) {
    return Objects.requireNonNull(model.graph().initializers().get(name), name).toFloats();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 8})
  void biases_that_begin_alike_do_not_stay_alike(int activationBits) {
    QatOptions options = QatOptions.of(4).withActivationBits(activationBits);
    QuantizeData samples = options.fixesRanges() ? QuantizeData.of(data()) : QuantizeData.none();
    QuantizationAware qat = QuantizationAware.plan(net(), samples, options);
    OnnxModel trained =
        Trainer.of(qat.model())
            .loss(Loss.crossEntropyWithLogits())
            .optimizer(Adam.of(0.01))
            .batchSize(16)
            .epochs(2)
            .seed(7)
            .fit(data())
            .model();
    assertThat(BIASES).map(name -> List.of(box(value(trained, name)))).doesNotHaveDuplicates();
    Path file = folder.resolve("out.onnx");
    qat.write(trained, file, Optional.of(data()));
    if (activationBits == 0) {
      for (String name : BIASES) {
        assertThat(value(OnnxReader.read(file), name)).isEqualTo(value(trained, name));
      }
    }
  }

  private static Float[] box(float[] values) {
    Float[] boxed = new Float[values.length];
    for (int i = 0; i < values.length; i++) {
      boxed[i] = values[i];
    }
    return boxed;
  }

  /** What was one weight in the model stays one. */
  @Test
  void a_weight_that_is_read_twice_stays_one() {
    OnnxModel net = net();
    OnnxModel tied =
        net.withGraph(
            net.graph().toBuilder()
                .nodes(
                    net.graph().nodes().stream()
                        .map(node -> node.replaceInput("dense2.bias", "dense1.bias"))
                        .toList())
                .removeInitializer("dense2.bias")
                .build());
    OnnxModel model =
        QuantizationAware.plan(tied, QuantizeData.none(), QatOptions.of(4).withActivationBits(0))
            .model();
    assertThat(model.graph().initializers()).containsKeys("dense1.bias", "dense3.bias");
    assertThat(model.graph().nodes().stream().filter(node -> node.inputs().contains("dense1.bias")))
        .hasSize(2);
  }
}
