package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.clip.Clip;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Network;
import org.junit.jupiter.api.Test;

final class MoonsTest {
  @Test
  void a_small_dense_net_with_clipped_gradients_tells_the_moons_apart() {
    OnnxModel net = Network.input("x", 2).dense(10).relu().dense(1).sigmoid().seed(7).build();
    TrainingRun run =
        Trainer.of(net)
            .loss(Loss.binaryCrossEntropy())
            .optimizer(Sgd.of(0.01))
            .clip(Clip.byGlobalNorm(0.5))
            .batchSize(32)
            .epochs(100)
            .seed(7)
            .validation(DataSource.open("moons:?split=validation"))
            .fit(DataSource.open("moons:"));

    assertThat(run.evaluate(DataSource.open("moons:?split=test")).accuracy().orElseThrow())
        .isGreaterThanOrEqualTo(0.97);
    assertThat(run.history().epochs()).hasSize(100);
    assertThat(run.history().clip().norms()).hasSize(25_000);
    assertThat(run.history().last().training().loss())
        .isLessThan(run.history().epochs().getFirst().training().loss());
  }
}
