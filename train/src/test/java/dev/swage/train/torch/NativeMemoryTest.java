package dev.swage.train.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.data.Batch;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import dev.swage.train.quantize.QuantizedNets;
import dev.swage.train.quantize.QuantizerMethod;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Steps leave nothing in native memory: one value of a step that stays would be seen. */
final class NativeMemoryTest {
  private static final int BATCH = 256;
  private static final int WIDTH = 64;

  /** One of the step's values, lost in each of so many steps, makes 32 MB. */
  private static final int STEPS = 500;

  private static final int ROUNDS = 4;

  private static final long ALLOWED = 16L << 20;

  private static OnnxModel net() {
    return Network.input("x", WIDTH)
        .dense(WIDTH)
        .layerNorm()
        .relu()
        .dense(WIDTH)
        .batchNorm()
        .tanh()
        .dense(4)
        .softmax()
        .seed(1)
        .build();
  }

  @Test
  void neither_training_nor_evaluation_grows() {
    assertSteady(net(), 1);
  }

  @ParameterizedTest
  @EnumSource(QuantizerMethod.class)
  void nor_do_they_through_quantizers(QuantizerMethod method) {
    assertSteady(QuantizedNets.quantized(net(), method, "x", "relu1.output"), ROUNDS);
  }

  /**
   * @param rounds of which one at least must not grow: retained gradients make the heap grow at
   *     first
   */
  private static void assertSteady(OnnxModel model, int rounds) {
    Batch batch =
        new Batch(
            List.of(
                Tensor.ofFloats(Shape.of(BATCH, WIDTH), TestFloats.gaussian(BATCH * WIDTH, 1, 3))),
            Optional.of(
                Tensor.ofLongs(
                    Shape.of(BATCH), TestFloats.random(4).longs(BATCH, 0, 4).toArray())));
    long before = TorchSession.liveTensors();
    try (TorchSession session = TorchSession.open(model, TorchSession.Head.BEFORE_ACTIVATION, 0)) {
      run(session, batch, STEPS / 5);
      assertThat(growth(session, batch, rounds)).isLessThan(ALLOWED);
    }
    assertThat(TorchSession.liveTensors()).isEqualTo(before);
  }

  /** The least of a few rounds: what is lost grows in each, the heap's pages come once. */
  private static long growth(TorchSession session, Batch batch, int rounds) {
    long least = Long.MAX_VALUE;
    for (int round = 0; round < rounds && least >= ALLOWED; round++) {
      long before = Pointer.physicalBytes();
      run(session, batch, STEPS);
      least = Math.min(least, Pointer.physicalBytes() - before);
    }
    return least;
  }

  private static void run(TorchSession session, Batch batch, int steps) {
    TorchLoss loss = new TorchLoss.CrossEntropy(TorchLoss.Scale.LOGIT);
    for (int i = 0; i < steps; i++) {
      session.beginStep();
      session.accumulate(batch, loss, 1);
      session.score(batch, loss);
      session.outputs(batch.inputs());
    }
    System.gc(); // the heap's part is no loss
  }
}
