package dev.swage.clip;

import static dev.swage.clip.GradientsFixture.clip;
import static dev.swage.clip.GradientsFixture.floats;
import static dev.swage.clip.GradientsFixture.norm;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** The values that other libraries' own tests assert. */
class PublishedClipValuesTest {
  private static Gradients optax() {
    return GradientsFixture.of(new float[] {500, 5}, new float[] {300, 3});
  }

  /** tensorflow/model-optimization, tensor_encoding/stages/research/clipping_test.py. */
  @Test
  void tensorflowByNorm() {
    Gradients ones = GradientsFixture.of(new float[] {1, 1, 1, 1});
    assertThat(floats(clip(ones, Clip.byGlobalNorm(1)), 0)).containsExactly(.5f, .5f, .5f, .5f);
    assertThat(floats(clip(ones, Clip.byGlobalNorm(1000)), 0)).containsExactly(1, 1, 1, 1);
  }

  /** The same file. */
  @Test
  void tensorflowByValue() {
    Gradients gradients = GradientsFixture.of(new float[] {-2, -1, 0, 1, 2});
    assertThat(floats(clip(gradients, Clip.byValue(-1, 1)), 0)).containsExactly(-1, -1, 0, 1, 1);
  }

  /** optax, optax/transforms/_clipping_test.py. */
  @Test
  void optaxByValue() {
    assertThat(floats(clip(optax(), Clip.byValue(1e6)), 0)).containsExactly(500, 5);
    assertThat(floats(clip(optax(), Clip.byValue(1e6)), 1)).containsExactly(300, 3);
    assertThat(floats(clip(optax(), Clip.byValue(1)), 0)).containsExactly(1, 1);
    assertThat(floats(clip(optax(), Clip.byValue(1)), 1)).containsExactly(1, 1);
  }

  /** The same file: bounds 1/1 … 1/50. */
  @Test
  void optaxByGlobalNorm() {
    for (int i = 1; i <= 50; i++) {
      GradientClipper clipper = Clip.byGlobalNorm(1.0 / i);
      Gradients once = clip(optax(), clipper);
      Gradients twice = clip(once, clipper);
      assertThat(norm(NormOrder.L2, once)).isCloseTo(1.0 / i, within(1e-6));
      for (int t = 0; t < 2; t++) {
        assertThat(floats(twice, t)).containsExactly(floats(once, t), within(1e-6f));
      }
    }
  }

  /** pytorch/opacus, tests/schedulers/grad_clip_scheduler_test.py. */
  @Test
  void opacusSchedules() {
    assertThat(ThresholdSchedule.exponential(1, 0.99, 1e-9).at(ClipStep.of(1))).isEqualTo(0.99);
    ThresholdSchedule step = ThresholdSchedule.step(1, 2, 0.1, 1e-9);
    double[] expected = {1.0, 0.1, 0.1, 0.01};
    for (int i = 0; i < expected.length; i++) {
      assertThat(step.at(ClipStep.of(i + 1))).isCloseTo(expected[i], within(1e-12));
    }
    assertThat(ThresholdSchedule.linear(1, 0.1, 9).at(ClipStep.of(1)))
        .isCloseTo(0.9, within(1e-12));
  }
}
