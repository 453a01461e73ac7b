package dev.swage.train.torch.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.lib.TorchRuntime;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DropoutTest {
  private static final int SIZE = 100_001;

  private static float[] mask(Dropout dropout, double probability) {
    TorchRuntime.require();
    try (PointerScope _ = new PointerScope()) {
      Tensor like = Tensor.ofFloats(Shape.of(SIZE), new float[SIZE]);
      return TensorBridge.download(dropout.mask(TensorBridge.upload(like), probability)).toFloats();
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1, 0.5, 0.9})
  void masks_drop_the_share_asked_for_and_keep_the_mean(double probability) {
    float[] mask = mask(new Dropout(3), probability);
    int dropped = 0;
    for (float value : mask) {
      assertThat(value == 0 || value == (float) (1 / (1 - probability))).isTrue();
      dropped += value == 0 ? 1 : 0;
    }
    double deviation = Math.sqrt(probability * (1 - probability) / SIZE);
    assertThat((double) dropped / SIZE).isCloseTo(probability, within(5 * deviation));
  }

  @Test
  void a_seed_means_the_same_masks_and_every_mask_is_another() {
    Dropout first = new Dropout(3);
    Dropout second = new Dropout(3);
    float[] one = mask(first, 0.5);
    assertThat(mask(second, 0.5)).isEqualTo(one);
    float[] two = mask(first, 0.5);
    assertThat(two).isNotEqualTo(one);
    assertThat(mask(second, 0.5)).isEqualTo(two);
    assertThat(mask(new Dropout(4), 0.5)).isNotEqualTo(one);
  }
}
