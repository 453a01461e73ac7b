package dev.swage.run.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swage.run.measure.OutputError.Unmeasured;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutputMeasureTest {
  private final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(17);

  private static Tensor tensor(DType dtype, Shape shape, double... values) {
    byte[] bytes = new byte[Math.toIntExact(dtype.bytes(values.length))];
    MemorySegment data = MemorySegment.ofArray(bytes);
    for (int i = 0; i < values.length; i++) {
      switch (dtype) {
        case FLOAT32 -> data.set(Tensor.LE_FLOAT, i * 4L, (float) values[i]);
        case FLOAT64 -> data.set(Tensor.LE_DOUBLE, i * 8L, values[i]);
        case FLOAT16 -> data.set(Tensor.LE_SHORT, i * 2L, Float.floatToFloat16((float) values[i]));
        case BFLOAT16 ->
            data.set(
                Tensor.LE_SHORT, i * 2L, (short) (Float.floatToIntBits((float) values[i]) >> 16));
        case INT64 -> data.set(Tensor.LE_LONG, i * 8L, (long) values[i]);
        case INT32, UINT32 -> data.set(Tensor.LE_INT, i * 4L, (int) values[i]);
        case INT16 -> data.set(Tensor.LE_SHORT, i * 2L, (short) values[i]);
        default -> bytes[i] = (byte) values[i];
      }
    }
    return Tensor.of(dtype, shape, data);
  }

  private static Tensor floats(Shape shape, double... values) {
    return tensor(DType.FLOAT32, shape, values);
  }

  private double[] values(int count, IntToDoubleFunction scale) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextGaussian() * scale.applyAsDouble(i);
    }
    return values;
  }

  private static OutputError error(Tensor x, Tensor y) {
    OutputMeasure measure = new OutputMeasure("y", x.dtype());
    measure.add(x, y, x.shape().dim(0), x.shape().dim(0));
    return measure.error();
  }

  /** The place of an element along an axis. */
  private static int place(Shape shape, int axis, int index) {
    int rest = index;
    int place = 0;
    for (int i = shape.rank() - 1; i >= axis; i--) {
      place = rest % (int) shape.dim(i);
      rest /= (int) shape.dim(i);
    }
    return place;
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"FLOAT32", "FLOAT64", "FLOAT16", "BFLOAT16"})
  void everyFloatingPointTypeIsMeasuredByItsValues(DType dtype) {
    double[] x = {1, -2, 4, 0.5, 8, -1};
    double[] y = {1, -2.5, 4, 0.5, 8, -1.5};
    OutputError error = error(tensor(dtype, Shape.of(2, 3), x), tensor(dtype, Shape.of(2, 3), y));
    double signal = Arrays.stream(x).map(v -> v * v).sum();
    assertThat(error.sqnrDb().orElseThrow()).isCloseTo(10 * Math.log10(signal / 0.5), within(1e-9));
    assertThat(error.maxAbsDiff()).isEqualTo(0.5);
    assertThat(error.agreement()).isEmpty();
    assertThat(error.unmeasured()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"INT64", "INT32", "UINT32", "INT16", "INT8", "UINT8", "BOOL"})
  void otherTypesAreMeasuredByAgreement(DType dtype) {
    Shape shape = Shape.of(5, 1);
    OutputError error =
        error(tensor(dtype, shape, 0, 1, 1, 0, 1), tensor(dtype, shape, 0, 1, 0, 0, 1));
    assertThat(error.agreement()).hasValue(0.8);
    assertThat(error.sqnrDb()).isEmpty();
  }

  @Test
  void runsAddUpAndRepetitionsDoNotCount() {
    Shape shape = Shape.of(3, 2);
    OutputMeasure parts = new OutputMeasure("y", DType.FLOAT32);
    parts.add(floats(shape, 1, 2, 3, 4, 5, 6), floats(shape, 1, 2, 3, 4, 5, 5), 3, 3);
    parts.add(floats(shape, 7, 8, 9, 9, 9, 9), floats(shape, 7, 7, 0, 0, 0, 0), 3, 1);
    double signal = 1 + 4 + 9 + 16 + 25 + 36 + 49 + 64;
    assertThat(parts.error().sqnrDb().orElseThrow())
        .isCloseTo(10 * Math.log10(signal / 2), within(1e-9));
  }

  @Test
  void whatProvesNothingIsNotMeasurable() {
    Shape shape = Shape.of(2, 2);
    assertThat(error(floats(shape, 3, 3, 3, 3), floats(shape, 3, 3, 3, 3)).unmeasured())
        .hasValue(Unmeasured.CONSTANT);
    assertThat(error(floats(shape, 0, 0, 0, 0), floats(shape, 1, 0, 0, 0)).sqnrDb()).isEmpty();
    assertThat(error(floats(Shape.of(2, 0)), floats(Shape.of(2, 0))).unmeasured())
        .hasValue(Unmeasured.EMPTY);
    assertThat(
            error(tensor(DType.INT64, shape, 1, 1, 1, 1), tensor(DType.INT64, shape, 1, 1, 1, 1))
                .unmeasured())
        .hasValue(Unmeasured.CONSTANT);
    assertThat(error(floats(shape, 1, 2, 3, 4), floats(Shape.of(2, 1), 1, 2)).unmeasured())
        .hasValue(Unmeasured.OTHER_SHAPES);
  }

  @Test
  void oneValueOfItsOwnIsMeasuredAndEqualOutputsAreInfinite() {
    assertThat(error(floats(Shape.of(1), 2), floats(Shape.of(1), 1)).sqnrDb().orElseThrow())
        .isCloseTo(10 * Math.log10(4), within(1e-9));
    assertThat(error(floats(Shape.of(2), 2, 1), floats(Shape.of(2), 2, 1)).sqnrDb())
        .hasValue(Double.POSITIVE_INFINITY);
  }

  @Test
  void aValueThatIsNoNumberIsTheLowest() {
    OutputError error = error(floats(Shape.of(1, 2), 1, 2), floats(Shape.of(1, 2), 1, Double.NaN));
    assertThat(error.sqnrDb().orElseThrow()).isNaN();
    assertThat(error.worst().orElseThrow().sqnrDb()).isNaN();
  }

  /** Boxes of hundreds beside scores of tenths, in any layout; the scores become one value. */
  @ParameterizedTest
  @CsvSource({
    "'9,7', 1",
    "'5,7,10', 1",
    "'5,10,7', 2",
    "'5,7,4,6', 1",
    "'5,4,6,7', 3",
    "'2,7,1,9', 1",
    "'9,85', 1",
    "'5,11,85', 2"
  })
  void quantitiesOfFarMagnitudesAreMeasuredForThemselves(String dims, int axis) {
    Shape shape = Shape.of(Arrays.stream(dims.split(",")).mapToLong(Long::parseLong).toArray());
    for (boolean scoresFirst : new boolean[] {false, true}) {
      int size = (int) shape.dim(axis);
      int scores = size - 4;
      IntToDoubleFunction scale =
          i -> isScore(place(shape, axis, i), scores, scoresFirst) ? 0.2 : 300;
      double[] x = values(Math.toIntExact(shape.elements()), scale);
      double[] y = x.clone();
      for (int i = 0; i < y.length; i++) {
        y[i] = scale.applyAsDouble(i) < 1 ? 0 : x[i] + random.nextGaussian();
      }
      OutputError error = error(floats(shape, x), floats(shape, y));
      assertThat(error.sqnrDb().orElseThrow()).isGreaterThan(40);
      Part worst = error.worst().orElseThrow();
      assertThat(worst.axis()).isEqualTo(axis);
      assertThat(worst.from()).isGreaterThanOrEqualTo(scoresFirst ? 0 : 4);
      assertThat(worst.to()).isLessThanOrEqualTo(scoresFirst ? scores : size);
      assertThat(worst.sqnrDb()).isCloseTo(0, within(1e-6));
      if (shape.elements() / size >= 8) {
        assertThat(error.variation().orElseThrow().sqnrDb()).isCloseTo(0, within(0.1));
        assertThat(error.variation().orElseThrow().axis()).isEqualTo(axis);
      }
    }
  }

  private static boolean isScore(int place, int scores, boolean first) {
    return first ? place < scores : place >= 4;
  }

  /** A place of an axis that is no magnitude away from the others still has its own variation. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 10, 32})
  void aNamedPlaceThatBecomesOneValueIsFound(int size) {
    Shape shape = Shape.of(50, size);
    double[] x = values(50 * size, i -> i % size == 1 ? 1 : 8);
    double[] y = x.clone();
    for (int i = 1; i < y.length; i += size) {
      y[i] = 0.25;
    }
    OutputError error = error(floats(shape, x), floats(shape, y));
    assertThat(error.quantities()).isEmpty();
    Part lost = error.variation().orElseThrow();
    assertThat(lost.sqnrDb()).isCloseTo(0, within(1e-6));
    assertThat(lost.places()).isEqualTo("1 of axis 1");
  }

  /** Scores near 0.99 that all become one: the values are at 34 dB, what they tell is lost. */
  @Test
  void variationRoundALargeMeanCanBeLost() {
    Shape shape = Shape.of(1, 400, 2);
    double[] x = values(800, i -> 0.02);
    double[] y = new double[800];
    for (int i = 0; i < 800; i++) {
      x[i] += i % 2 == 0 ? 0.95 : 0.05;
      y[i] = i % 2 == 0 ? 0.95 : 0.05;
    }
    OutputError error = error(floats(shape, x), floats(shape, y));
    assertThat(error.sqnrDb().orElseThrow()).isGreaterThan(30);
    assertThat(error.variation().orElseThrow().sqnrDb()).isCloseTo(0, within(0.1));
  }

  @Test
  void aShiftOfAllValuesIsNoLossOfVariation() {
    Shape shape = Shape.of(30, 2);
    double[] x = values(60, i -> 1);
    double[] y = Arrays.stream(x).map(v -> v + 5).toArray();
    OutputError error = error(floats(shape, x), floats(shape, y));
    assertThat(error.sqnrDb().orElseThrow()).isNegative();
    assertThat(error.variation().orElseThrow().sqnrDb()).isGreaterThan(60);
  }

  /** Outliers among hidden units, and classes that the data never show, are no quantities. */
  @Test
  void likeThingsAreNotTakenApart() {
    Shape hidden = Shape.of(20, 384);
    double[] x = values(20 * 384, i -> i % 384 == 340 ? 100 : 1);
    double[] y = x.clone();
    for (int i = 0; i < y.length; i++) {
      y[i] += i % 384 == 350 ? 0.6 * random.nextGaussian() : 0.1 * random.nextGaussian();
    }
    OutputError units = error(floats(hidden, x), floats(hidden, y));
    assertThat(units.quantities()).isEmpty();
    assertThat(units.variation().orElseThrow().sqnrDb()).isGreaterThan(10);

    Shape classes = Shape.of(20, 10);
    double[] scores = new double[200];
    double[] rounded = new double[200];
    for (int i = 0; i < 200; i++) {
      scores[i] = i % 10 < 2 ? random.nextDouble() : 1e-4 * random.nextDouble();
      rounded[i] = Math.round(scores[i] * 255) / 255.0;
    }
    OutputError softmax = error(floats(classes, scores), floats(classes, rounded));
    assertThat(softmax.quantities()).isEmpty();
    assertThat(softmax.variation().orElseThrow().sqnrDb()).isGreaterThan(30);
  }

  @Test
  void axesOfChangingSizeAreNotLookedAt() {
    OutputMeasure measure = new OutputMeasure("y", DType.FLOAT32);
    for (int length : new int[] {3, 5, 4}) {
      Shape shape = Shape.of(2, length, 6);
      double[] x = values(12 * length, i -> i % 6 < 3 ? 500 : 0.1);
      double[] y = x.clone();
      for (int i = 0; i < y.length; i++) {
        y[i] = i % 6 < 3 ? x[i] : 0;
      }
      measure.add(floats(shape, x), floats(shape, y), 2, 2);
    }
    OutputError error = measure.error();
    assertThat(error.quantities()).isNotEmpty().allMatch(part -> part.axis() == 2);
    assertThat(error.worst().orElseThrow().sqnrDb()).isCloseTo(0, within(1e-6));
  }
}
