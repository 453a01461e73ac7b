package dev.swage.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.data.Batch;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.TorchLoss;
import dev.swage.train.torch.TorchSession;
import dev.swage.train.torch.lib.TorchRuntime;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The comparison that goes before a measurement tells right from wrong. */
final class DirectWeightsTest {
  private static final int WIDTH = 4;
  private static final int BATCH = 3;
  private static final TorchLoss LOSS = new TorchLoss.CrossEntropy(TorchLoss.Scale.LOGIT);

  @BeforeAll
  static void libtorch() {
    Assumptions.assumeTrue(TorchRuntime.isAvailable(), TorchRuntime::describe);
  }

  private final OnnxModel model =
      Network.input("x", WIDTH).seed(1).dense(WIDTH).relu().dense(WIDTH).build();

  @Test
  void theSameNetworkOnTheSameBatchHasTheSameGradients() {
    assertThat(compare(0)).isEmpty();
  }

  @Test
  void gradientsOfAnotherBatchAreFound() {
    assertThat(compare(0.1f).orElseThrow())
        .startsWith("gradients of dense")
        .endsWith("at most 0.00100 is right");
  }

  @Test
  void aWeightThatTheOtherSideHasNotIsFound() {
    DirectWeights weights = new DirectWeights(model);
    try (TorchSession session = TorchSession.open(model, TorchSession.Head.OUTPUT, 1)) {
      session.beginStep();
      assertThatThrownBy(() -> weights.requireSameGradients(session, 1e-3))
          .hasMessageStartingWith("Swage trains 4 weights, libtorch's network 0; it has no [");
    }
  }

  /** What the comparison complains of when the other side's batch is moved by so much. */
  private Optional<String> compare(float moved) {
    DirectWeights weights = new DirectWeights(model);
    BareTorchPerceptron direct = new BareTorchPerceptron(model, weights, WIDTH);
    try (Arena arena = Arena.ofConfined();
        TorchSession session = TorchSession.open(model, TorchSession.Head.OUTPUT, 1)) {
      MemorySegment labels = arena.allocateFrom(ValueLayout.JAVA_LONG, 0, 3, 1);
      Batch batch =
          new Batch(
              List.of(Tensor.of(DType.FLOAT32, Shape.of(BATCH, WIDTH), rows(arena, 0))),
              Optional.of(Tensor.of(DType.INT64, Shape.of(BATCH), labels)));
      session.beginStep();
      double loss = session.accumulate(batch, LOSS, 1).loss();
      float theirs = direct.forwardBackward(rows(arena, moved), labels, BATCH);
      if (moved == 0) {
        assertThat((double) theirs).isEqualTo(loss, Offset.offset(1e-6));
      }
      weights.requireSameGradients(session, 1e-3);
      return Optional.empty();
    } catch (IllegalStateException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private static MemorySegment rows(Arena arena, float moved) {
    MemorySegment rows = arena.allocate(ValueLayout.JAVA_FLOAT, (long) BATCH * WIDTH);
    for (int i = 0; i < BATCH * WIDTH; i++) {
      rows.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) Math.sin(i) + moved);
    }
    return rows;
  }
}
