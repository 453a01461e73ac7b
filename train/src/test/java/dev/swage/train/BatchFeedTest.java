package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Samples that vary from epoch to epoch. */
class BatchFeedTest {
  /** Samples that are the number of the epoch. */
  private record Varying(int epoch) implements DataSource {
    @Override
    public String name() {
      return "varying";
    }

    @Override
    public int size() {
      return 6;
    }

    @Override
    public List<Shape> inputShapes() {
      return List.of(Shape.of());
    }

    @Override
    public OptionalInt classes() {
      return OptionalInt.empty();
    }

    @Override
    public DataSource inEpoch(int number) {
      return new Varying(number);
    }

    @Override
    public Batch batch(int... indices) {
      float[] values = new float[indices.length];
      java.util.Arrays.fill(values, epoch);
      return new Batch(List.of(Tensor.ofFloats(Shape.of(values.length), values)), Optional.empty());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3})
  void aRunReadsThemAsInItsEpoch(int epoch) {
    try (BatchFeed feed = new BatchFeed(new Varying(-1), 2, 1)) {
      BatchFeed.Epoch batches = feed.epoch(epoch, 1, 3);
      for (int i = 1; i < 3; i++) {
        assertThat(batches.next().batch().inputs().getFirst().toFloats())
            .containsExactly(epoch, epoch);
      }
    }
  }
}
