package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MoonsTest {
  @Test
  void withoutNoiseEveryPointLiesOnItsHalfCircle() {
    DataSource moons = DataSource.open("moons:?n=1001&noise=0");
    Batch all = all(moons);
    long[] labels = all.targets().orElseThrow().toLongs();
    for (int i = 0; i < labels.length; i++) {
      float x = all.inputs().getFirst().getFloat(2L * i);
      float y = all.inputs().getFirst().getFloat(2L * i + 1);
      double dx = labels[i] == 0 ? x : 1 - x;
      double dy = labels[i] == 0 ? y : 0.5 - y;
      assertThat(Math.hypot(dx, dy)).isCloseTo(1, within(1e-6));
      assertThat(dy).isGreaterThan(-1e-6);
    }
    assertThat(Arrays.stream(labels).sum()).isEqualTo(501);
  }

  @Test
  void noiseHasTheDeviationAskedFor() {
    Tensor clean = all(DataSource.open("moons:?noise=0&seed=5")).inputs().getFirst();
    Tensor noisy = all(DataSource.open("moons:?noise=0.15&seed=5")).inputs().getFirst();
    double squares = 0;
    for (int i = 0; i < 16_000; i++) {
      squares += Math.pow(noisy.getFloat(i) - clean.getFloat(i), 2);
    }
    // The sample deviation of 16,000 normal values has a standard error of 0.15 / sqrt(32,000).
    assertThat(Math.sqrt(squares / 16_000)).isCloseTo(0.15, within(5 * 0.15 / Math.sqrt(32_000)));
  }

  @Test
  void sizesShapesAndClasses() {
    DataSource train = DataSource.open("moons:");
    assertThat(train.size()).isEqualTo(8000);
    assertThat(train.inputShapes()).containsExactly(Shape.of(2));
    assertThat(train.classes()).hasValue(2);
    assertThat(train.classNames()).containsExactly("0", "1");
    assertThat(DataSource.open("moons:?split=test").size()).isEqualTo(2000);
    assertThat(all(train).inputs().getFirst().shape()).isEqualTo(Shape.of(8000, 2));
    assertThat(all(train).targets().orElseThrow().shape()).isEqualTo(Shape.of(8000));
  }

  @Test
  void splitsAndSeedsShareNoPoint() {
    Set<Float> seen = new HashSet<>();
    int count = 0;
    for (String split : new String[] {"train", "validation", "test"}) {
      for (int seed = 0; seed < 3; seed++) {
        Tensor points =
            all(DataSource.open("moons:?n=500&split=" + split + "&seed=" + seed))
                .inputs()
                .getFirst();
        for (int i = 0; i < 500; i++) {
          seen.add(points.getFloat(2L * i) * 31 + points.getFloat(2L * i + 1));
          count++;
        }
      }
    }
    assertThat(seen).hasSizeGreaterThan(count - 10);
  }

  @Test
  void sameSeedSameBytesWithTheValuesOfTheFirstRelease() {
    String hash = DataSource.open("moons:?n=100&seed=1").hash();
    assertThat(DataSource.open("moons:?n=100&seed=1").hash()).isEqualTo(hash);
    assertThat(DataSource.open("moons:?n=100&seed=2").hash()).isNotEqualTo(hash);
    assertThat(hash).isEqualTo("09080f06164dcbf7df874610527b9d0f64382512fca5dc79b9fc25e6e39c3ec2");
  }

  private static Batch all(DataSource source) {
    return source.batch(IntStream.range(0, source.size()).toArray());
  }
}
