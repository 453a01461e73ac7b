package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.layer.Network;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * The exported model gives in ONNX Runtime what the trainer's executor gives in evaluation mode.
 */
final class RuntimeParityTest {
  @Test
  void a_trained_conv_net_is_the_same_in_both() {
    OnnxModel net =
        Network.input("x", 1, 8, 8)
            .conv2d(6, 3)
            .batchNorm()
            .relu()
            .maxPool2d(2)
            .dropout(0.3)
            .flatten()
            .dense(16)
            .layerNorm()
            .gelu()
            .dense(4)
            .softmax()
            .seed(4)
            .build();
    TrainingRun run =
        Trainer.of(net)
            .loss(Loss.crossEntropy())
            .optimizer(AdamW.of(0.01))
            .batchSize(16)
            .epochs(3)
            .fit(TrainerTest.spots(128, 1));
    assertSame(run, TrainerTest.spots(50, 9).batch(IntStream.range(0, 50).toArray()).inputs());
  }

  @Test
  void a_trained_sequence_net_is_the_same_in_both() {
    OnnxModel net =
        Network.tokens("x", 6)
            .embedding(11, 8)
            .transpose(1, 0)
            .conv1d(12, 3)
            .hardSwish()
            .globalAveragePool()
            .dense(1)
            .sigmoid()
            .seed(4)
            .build();
    long[] tokens = TestFloats.random(1).longs(6 * 64, 0, 11).toArray();
    long[] labels = IntStream.range(0, 64).mapToLong(i -> tokens[6 * i] % 2).toArray();
    Tensor inputs = Tensor.ofLongs(Shape.of(64, 6), tokens);
    TrainingRun run =
        Trainer.of(net)
            .loss(Loss.binaryCrossEntropy())
            .optimizer(Adam.of(0.01))
            .batchSize(16)
            .epochs(3)
            .fit(DataSource.of(inputs, Tensor.ofLongs(Shape.of(64), labels)));
    assertSame(run, List.of(inputs));
  }

  private static void assertSame(TrainingRun run, List<Tensor> inputs) {
    byte[] bytes = OnnxWriter.toBytes(run.model());
    assertThat(OnnxReader.parse(bytes, "bytes").graph().nodes())
        .isEqualTo(run.model().graph().nodes());
    List<Tensor> ours = run.outputs(inputs);
    try (ModelSession session = ModelSession.open("trained", bytes, SessionOptions.defaults())) {
      List<Tensor> theirs = session.run(inputs);
      for (int i = 0; i < ours.getFirst().shape().elements(); i++) {
        float expected = theirs.getFirst().getFloat(i);
        assertThat(ours.getFirst().getFloat(i) - expected)
            .as("output %d, expected %s", i, expected)
            .isBetween(-1e-5f * (0.1f + Math.abs(expected)), 1e-5f * (0.1f + Math.abs(expected)));
      }
    }
  }
}
