package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BlobsTest {
  private static final int FEATURES = 4;

  @Test
  void sizesShapesAndClasses() {
    DataSource train = DataSource.open("blobs:");
    assertThat(train.size()).isEqualTo(10_000);
    assertThat(train.inputShapes()).containsExactly(Shape.of(32));
    assertThat(train.classes()).hasValue(10);
    assertThat(DataSource.open("blobs:?split=test&features=5&classes=3").size()).isEqualTo(2000);
  }

  @Test
  void splitsShareTheirCentresAndNoiseHasDeviationOne() {
    double[][] train = centres("blobs:?n=30000&features=4&classes=3&separation=2&seed=9");
    double[][] test = centres("blobs:?n=30000&features=4&classes=3&separation=2&seed=9&split=test");
    for (int c = 0; c < 3; c++) {
      for (int j = 0; j < FEATURES; j++) {
        // Means of about 10,000 samples of deviation 1: standard error 0.01 each.
        assertThat(train[c][j]).isCloseTo(test[c][j], within(0.08));
      }
    }
    assertThat(Math.abs(train[0][0] - train[1][0]) + Math.abs(train[0][1] - train[1][1]))
        .isGreaterThan(0.2);
  }

  @Test
  void corruptionMultipliesItsShareAndLeavesTheOthers() {
    Tensor clean = inputs(DataSource.open("blobs:?n=5000&features=4&seed=3"));
    Tensor dirty = inputs(DataSource.open("blobs:?n=5000&features=4&seed=3&corrupt=0.1"));
    int changed = 0;
    for (int i = 0; i < 5000; i++) {
      float ratio = dirty.getFloat(4L * i) / clean.getFloat(4L * i);
      if (ratio != 1) {
        changed++;
        assertThat(ratio).isBetween(1f, 100.01f);
        assertThat(dirty.getFloat(4L * i + 3) / clean.getFloat(4L * i + 3))
            .isCloseTo(ratio, within(1e-4f * ratio));
      }
    }
    // Binomial: deviation √(5000·0.1·0.9) ≈ 21.
    assertThat(changed).isBetween(500 - 110, 500 + 110);
  }

  @Test
  void wrongSettingsSayWhatIsRight() {
    assertThatThrownBy(() -> DataSource.open("blobs:?corrupt=2"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("corrupt")
        .hasMessageContaining("a share from 0 to 1");
    assertThatThrownBy(() -> DataSource.open("blobs:?separation=0"))
        .hasMessageContaining("a number above 0");
  }

  private static double[][] centres(String spec) {
    Batch all = all(DataSource.open(spec));
    Tensor points = all.inputs().getFirst();
    long[] labels = all.targets().orElseThrow().toLongs();
    double[][] sums = new double[3][FEATURES];
    int[] counts = new int[3];
    for (int i = 0; i < labels.length; i++) {
      counts[(int) labels[i]]++;
      for (int j = 0; j < FEATURES; j++) {
        sums[(int) labels[i]][j] += points.getFloat((long) i * FEATURES + j);
      }
    }
    for (int c = 0; c < 3; c++) {
      int count = counts[c];
      sums[c] = Arrays.stream(sums[c]).map(sum -> sum / count).toArray();
    }
    return sums;
  }

  private static Tensor inputs(DataSource source) {
    return all(source).inputs().getFirst();
  }

  private static Batch all(DataSource source) {
    return source.batch(IntStream.range(0, source.size()).toArray());
  }
}
