package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.tensor.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RandomSourceTest {
  @Test
  void oneOrSeveralInputsWithoutTheBatchAxis() {
    DataSource source = DataSource.open("random:1x3x4x5,1x10?n=7");
    assertThat(source.size()).isEqualTo(7);
    assertThat(source.inputShapes()).containsExactly(Shape.of(3, 4, 5), Shape.of(10));
    Batch batch = source.batch(6, 0);
    assertThat(batch.inputs().get(0).shape()).isEqualTo(Shape.of(2, 3, 4, 5));
    assertThat(batch.inputs().get(1).shape()).isEqualTo(Shape.of(2, 10));
    assertThat(batch.targets()).isEmpty();
    assertThat(source.classes()).isEmpty();
    assertThatThrownBy(() -> source.batch(7)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void samplesDependOnSeedAndIndexOnly() {
    DataSource few = DataSource.open("random:1x50?n=3&seed=2");
    DataSource many = DataSource.open("random:1x50?n=9&seed=2");
    assertThat(values(few, 2)).isEqualTo(values(many, 2));
    assertThat(values(few, 2)).isNotEqualTo(values(few, 1));
    assertThat(values(few, 2)).isNotEqualTo(values(DataSource.open("random:1x50?seed=3"), 2));
    assertThat(values(few, 2))
        .isNotEqualTo(values(DataSource.open("random:1x50?seed=2&split=test"), 2));
  }

  @Test
  void distributionsHaveTheirMoments() {
    float[] normal = values(DataSource.open("random:1x100000"), 0);
    float[] uniform = values(DataSource.open("random:1x100000?dist=uniform"), 0);
    // Standard errors of a mean and a second moment of 100,000 values are below 0.005.
    assertThat(moment(normal, 1)).isCloseTo(0, within(0.02));
    assertThat(moment(normal, 2)).isCloseTo(1, within(0.025));
    assertThat(moment(uniform, 1)).isCloseTo(0.5, within(0.005));
    assertThat(moment(uniform, 2)).isCloseTo(1.0 / 3, within(0.006));
    for (float value : uniform) {
      assertThat(value).isBetween(0f, 1f);
    }
  }

  @Test
  void noiseIsScaledByChannel() {
    float[] plain = values(DataSource.open("random:1x2x3?n=2"), 1);
    float[] scaled = values(DataSource.open("random:1x2x3?n=2&scale=2&mean=1,5&std=1,4"), 1);
    for (int i = 0; i < plain.length; i++) {
      float expected = i < 3 ? plain[i] / 2 - 1 : (plain[i] / 2 - 5) / 4;
      assertThat(scaled[i]).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "3x4", "1x", "1x0", "1x-2", "1xN", "1x99999999999x99999999999"})
  void shapesThatAreNone(String shape) {
    assertThatThrownBy(() -> DataSource.open("random:" + shape))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "random:%s: '%s' is not the shape of one sample: write dimensions from 1 joined by x,"
                + " the first of them 1 for the batch axis, such as 1x3x224x224; inputs are"
                + " separated by commas",
            shape, shape);
  }

  private static float[] values(DataSource source, int index) {
    return source.batch(index).inputs().getFirst().toFloats();
  }

  private static double moment(float[] values, int order) {
    return Arrays.stream(box(values)).map(v -> Math.pow(v, order)).average().orElseThrow();
  }

  private static double[] box(float[] values) {
    double[] doubles = new double[values.length];
    Arrays.setAll(doubles, i -> values[i]);
    return doubles;
  }
}
