package dev.swage.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
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
  @ValueSource(strings = {"", "0x4", "1x", "1x-2", "1xN", "1x99999999999x99999999999"})
  void shapesThatAreNone(String shape) {
    assertThatThrownBy(() -> DataSource.open("random:" + shape))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "random:%s: '%s' is not the shape of one sample: write dimensions joined by x, the"
                + " first of them from 1, such as 1x3x224x224; inputs are separated by commas",
            shape, shape);
  }

  @Test
  void withoutABatchAxisSamplesAreWhole() {
    DataSource source = DataSource.open("random:12x8?n=3");
    assertThat(source.inputShapes()).containsExactly(Shape.of(12, 8));
    assertThat(source.batch(1).inputs().getFirst().shape()).isEqualTo(Shape.of(1, 12, 8));
  }

  @Test
  void samplesWithoutElements() {
    DataSource source = DataSource.open("random:1x5,1x4x0x8?n=3&mean=1&std=2");
    assertThat(source.batch(0, 2).inputs().getLast().shape()).isEqualTo(Shape.of(2, 4, 0, 8));
  }

  @ParameterizedTest
  @EnumSource(names = {"INT64", "INT32", "INT16", "INT8", "UINT8"})
  void integersReachBothBounds(DType dtype) {
    DataSource source =
        DataSource.open("random:1x200,1x200?low=-3,2&high=4,3&seed=5".replace("-3", least(dtype)))
            .as(List.of(Optional.of(dtype), Optional.of(dtype)));
    Batch batch = source.batch(0, 1, 2);
    assertThat(batch.inputs()).allMatch(tensor -> tensor.dtype() == dtype);
    long low = Long.parseLong(least(dtype));
    assertThat(integers(batch.inputs().get(0))).contains(low, 4L).allMatch(i -> i >= low && i <= 4);
    assertThat(integers(batch.inputs().get(1))).containsOnly(2L, 3L).contains(2L, 3L);
  }

  private static String least(DType dtype) {
    return dtype == DType.UINT8 ? "1" : "-3";
  }

  @Test
  void typesAreThoseOfTheModel() {
    DataSource source = DataSource.open("random:1x40,1x40,1x40,1x40?n=2&high=9,9,9,9");
    Batch batch =
        source
            .limit(1)
            .as(
                List.of(
                    Optional.of(DType.FLOAT64),
                    Optional.of(DType.FLOAT16),
                    Optional.of(DType.BOOL),
                    Optional.of(DType.INT64)))
            .batch(0);
    float[] expected = source.batch(0).inputs().getFirst().toFloats();
    for (int i = 0; i < expected.length; i++) {
      double wide = batch.inputs().get(0).data().get(Tensor.LE_DOUBLE, 8L * i);
      assertThat((float) wide).isEqualTo(expected[i]);
    }
    assertThat(batch.inputs().get(1).dtype()).isEqualTo(DType.FLOAT16);
    assertThat(integers(batch.inputs().get(2))).containsOnly(0L, 1L);
    assertThat(integers(batch.inputs().get(3))).allMatch(i -> i >= 0 && i <= 9).contains(0L, 9L);
  }

  @Test
  void withoutBoundsIntegersAreZeroAndOne() {
    DataSource source = DataSource.open("random:1x50").as(List.of(Optional.of(DType.INT32)));
    assertThat(integers(source.batch(0, 1).inputs().getFirst())).containsOnly(0L, 1L);
  }

  @Test
  void uniformFloatsAreFromLowToHigh() {
    float[] values = values(DataSource.open("random:1x1000?dist=uniform&low=-2&high=6"), 0);
    assertThat(moment(values, 1)).isCloseTo(2, within(0.3));
    for (float value : values) {
      assertThat(value).isBetween(-2f, 6f);
    }
  }

  @Test
  void photosOfIntegersArePixels() {
    DataSource source =
        DataSource.open("random:1x3x8x8?dist=photo").as(List.of(Optional.of(DType.UINT8)));
    assertThat(integers(source.batch(0).inputs().getFirst())).anyMatch(pixel -> pixel > 60);
  }

  @Test
  void boundsAreInTheHash() {
    String plain = DataSource.open("random:1x5?n=2").hash();
    assertThat(DataSource.open("random:1x5?n=2&high=9").hash())
        .isNotEqualTo(plain)
        .isNotEqualTo(DataSource.open("random:1x5?n=2&high=8").hash());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "random:1x5?low=3|INT64|key 'low' is '3', expected a number not above 1, or high as well",
        "random:1x5?low=3&high=2|INT64|key 'high' is '2', expected a number not below low, which is"
            + " 3",
        "random:1x5?high=1,2|INT64|key 'high' is '1,2', expected 1 number",
        "random:1x5,1x5?high=1,2,3|INT64|key 'high' is '1,2,3', expected 1 number, or 2: one for"
            + " each input",
        "random:1x5?high=300|UINT8|key 'high' is '300', expected a number from 0 to 255: the model"
            + " wants UINT8",
        "random:1x5?high=x|INT64|key 'high' is 'x', expected numbers separated by commas",
        "random:1x5?high=9|FLOAT32|low and high are bounds of integers, and of floats with"
            + " dist=uniform; the model wants floats",
        "random:1x5|INT4|no noise of type INT4 is made; give inputs from a file"
      })
  void boundsThatAreNone(String spec, DType dtype, String complaint) {
    List<Optional<DType>> types =
        Collections.nCopies(spec.contains(",1x5") ? 2 : 1, Optional.of(dtype));
    assertThatThrownBy(() -> DataSource.open(spec).as(types))
        .isInstanceOf(DataException.class)
        .hasMessage(spec + ": " + complaint);
  }

  private static List<Long> integers(Tensor tensor) {
    int bytes = tensor.dtype().bits() / 8;
    List<Long> values = new ArrayList<>();
    for (long i = 0; i < tensor.shape().elements(); i++) {
      long value = 0;
      for (int b = 0; b < bytes; b++) {
        long part = tensor.data().get(ValueLayout.JAVA_BYTE, i * bytes + b) & 0xFFL;
        value |= part << (8 * b);
      }
      int unused = tensor.dtype().isSigned() ? 64 - tensor.dtype().bits() : 0;
      values.add(value << unused >> unused);
    }
    return values;
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
