package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Losses on probabilities keep their gradient where probabilities round to 0 and 1. */
final class StableLossTest {
  private static final float FAR = 200;

  private static DataSource data(long label) {
    return DataSource.of(Tensor.ofFloats(Shape.of(1, 1), 1), Tensor.ofLongs(Shape.of(1), label));
  }

  /** {@code weight·1}, so that the logit is the weight. */
  private static OnnxModel withWeight(OnnxModel model, float... weight) {
    Tensor value = Tensor.ofFloats(Shape.of(1, weight.length), weight);
    return model.withGraph(model.graph().toBuilder().initializer("dense1.weight", value).build());
  }

  private static TrainingRun oneStep(OnnxModel model, Loss loss, long label) {
    return Trainer.of(model).loss(loss).optimizer(Sgd.of(1)).batchSize(1).fit(data(label));
  }

  @Test
  void a_sigmoid_that_is_certain_and_wrong_still_learns() {
    OnnxModel model = withWeight(Network.input("x", 1).dense(1).sigmoid().build(), FAR);
    TrainingRun run = oneStep(model, Loss.binaryCrossEntropy(), 0);
    assertThat(run.history().last().training().loss()).isCloseTo(FAR, within(1e-4));
    assertThat(run.model().graph().initializers().get("dense1.weight").getFloat(0))
        .isCloseTo(FAR - 1, within(1e-4f));
    assertThat(run.model().graph().nodes().getLast().opType()).isEqualTo("Sigmoid");
  }

  @Test
  void a_softmax_that_is_certain_and_wrong_still_learns() {
    OnnxModel model = withWeight(Network.input("x", 1).dense(2).softmax().build(), FAR, 0);
    TrainingRun run = oneStep(model, Loss.crossEntropy(), 1);
    assertThat(run.history().last().training().loss()).isCloseTo(FAR, within(1e-4));
    assertThat(run.model().graph().initializers().get("dense1.weight").toFloats())
        .containsExactly(new float[] {FAR - 1, 1}, within(1e-4f));
  }

  @Test
  void the_loss_is_the_same_with_the_activation_in_the_model_and_in_the_loss() {
    OnnxModel inside = withWeight(Network.input("x", 1).dense(2).softmax().build(), 1, 2);
    OnnxModel outside = withWeight(Network.input("x", 1).dense(2).build(), 1, 2);
    double expected = Math.log(1 + Math.E);
    assertThat(oneStep(inside, Loss.crossEntropy(), 0).history().last().training().loss())
        .isCloseTo(expected, within(1e-6));
    assertThat(
            oneStep(outside, Loss.crossEntropyWithLogits(), 0).history().last().training().loss())
        .isCloseTo(expected, within(1e-6));
  }
}
