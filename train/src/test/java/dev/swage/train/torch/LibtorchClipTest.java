package dev.swage.train.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swage.clip.Clip;
import dev.swage.clip.ClipDecision;
import dev.swage.clip.ClipStep;
import dev.swage.clip.Gradients;
import dev.swage.clip.ParameterInfo;
import dev.swage.tensor.Shape;
import dev.swage.testkit.TestFloats;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.lib.TorchRuntime;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clipping by global norm does what libtorch's {@code clip_grad_norm_} does. */
final class LibtorchClipTest {
  private static final int[] SIZES = {3, 1000, 4096, 17};

  /** libtorch divides by N + 1e-6: with norms from 50 on, that is below its float32's precision. */
  @ParameterizedTest
  @ValueSource(doubles = {1, 1000})
  void normAndClippedGradientsAgree(double threshold) {
    TorchRuntime.require();
    List<float[]> ours = new ArrayList<>();
    List<Gradients.Entry> entries = new ArrayList<>();
    try (PointerScope _ = new PointerScope()) {
      TensorVector parameters = new TensorVector();
      for (int i = 0; i < SIZES.length; i++) {
        float[] gradient = TestFloats.gaussian(SIZES[i], 1, 40 + i);
        Shape shape = Shape.of(SIZES[i]);
        Tensor parameter = TensorBridge.zeros(SIZES[i]);
        Tensor theirs =
            TensorBridge.upload(dev.swage.tensor.Tensor.ofFloats(shape, gradient.clone()));
        parameter.mutable_grad().put(theirs);
        parameters.push_back(parameter);
        ours.add(gradient);
        MemorySegment memory = MemorySegment.ofArray(gradient);
        entries.add(
            new Gradients.Entry(
                ParameterInfo.of("p" + i, "layer", shape),
                memory,
                MemorySegment.ofArray(new float[SIZES[i]])));
      }
      Gradients gradients = Gradients.of(entries);
      ClipDecision decision = Clip.byGlobalNorm(threshold).decide(gradients, ClipStep.of(0));
      gradients.apply(decision);
      double norm = torch.clip_grad_norm_(parameters, threshold);

      assertThat(norm).isGreaterThan(50);
      assertThat(decision.record().normBefore()).isCloseTo(norm, within(1e-6 * norm));
      for (int i = 0; i < SIZES.length; i++) {
        MemorySegment theirs = TensorBridge.floats(parameters.get(i).grad());
        for (int k = 0; k < SIZES[i]; k++) {
          float expected = theirs.get(dev.swage.tensor.Tensor.LE_FLOAT, 4L * k);
          assertThat(ours.get(i)[k]).isCloseTo(expected, within(1e-6f * Math.abs(expected)));
        }
      }
    }
  }
}
