package dev.swage.range;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.util.List;
import org.junit.jupiter.api.Test;

class RangeDoctorTest {
  private static WeightRecord record(
      int epoch, String control, double largest, double kurtosis, double error4, double atLimit) {
    double limit = atLimit > 0 ? 0.25 : Double.POSITIVE_INFINITY;
    List<Double> errors = List.of(0.001, error4, 0.2, 0.5);
    return new WeightRecord(epoch, "w", control, largest, kurtosis, errors, limit, atLimit);
  }

  private static List<String> lines(WeightRecord... records) {
    return RangeDoctor.examine(List.of(records)).stream().map(RangeFinding::line).toList();
  }

  @Test
  void aTailWithoutControlAsksForControl() {
    assertThat(lines(record(1, "none", 4, 3, 0.03, 0), record(2, "none", 7.9, 10.4, 0.1, 0)))
        .containsExactly(
            "heavy tailed, w: kurtosis 10.4, the largest value at 7.90 sigma; the relative error at"
                + " 4 bits is 10.0 %. Control its range: weight clip 3 sigma, or kure; and clip"
                + " gradients, if spikes made the tail");
  }

  @Test
  void oneSignOfATailAloneIsNone() {
    assertThat(lines(record(1, "none", 7, 5.9, 0.1, 0))).isEmpty();
    assertThat(lines(record(1, "none", 5.9, 7, 0.1, 0))).isEmpty();
  }

  @Test
  void aTailInSpiteOfControlAsksForMore() {
    assertThat(lines(record(1, "kure target 1.8 weight 0.01", 7, 8, 0.1, 0)))
        .containsExactly(
            "control too weak, w: kure target 1.8 weight 0.01; kurtosis 8.00, the largest value at"
                + " 7.00 sigma; the relative error at 4 bits is 10.0 %. Lower the limit or raise the"
                + " weight of the penalty");
  }

  @Test
  void manyValuesAtTheLimitAskForAHigherOne() {
    assertThat(lines(record(1, "weight clip 0.25", 1.5, 1.8, 0.03, 0.21)))
        .containsExactly(
            "at limit, w: 21.0 % of its values lie at the limit 0.250. Raise the limit if accuracy"
                + " suffers: the weight has little room left");
    assertThat(lines(record(1, "weight clip 0.25", 1.5, 1.8, 0.03, 0.2))).isEmpty();
  }

  @Test
  void whatControlDidIsTold() {
    assertThat(
            lines(
                record(1, "weight clip 0.25", 4, 3, 0.1, 0.1),
                record(3, "weight clip 0.25", 1.5, 1.8, 0.03, 0.1)))
        .containsExactly(
            "error fell, w: weight clip 0.25; from epoch 1 to 3 the largest value went from 4.00 to"
                + " 1.50 sigma, and the relative error at 4 bits from 10.0 % to 3.0 %.");
  }

  @Test
  void aRecordMeasuresWhatItSays() {
    float[] values = TestFloats.gaussian(10_000, 0.1, 3);
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.max(-0.1f, Math.min(0.1f, values[i]));
    }
    WeightRecord record =
        WeightRecord.of(2, "w", Tensor.ofFloats(Shape.of(100, 100), values), "c", 0.1f);
    assertThat(record.atLimit()).isCloseTo(0.317, within(0.02)); // 2·(1 − Φ(1))
    assertThat(record.largestOverStd()).isCloseTo(1.39, within(0.02));
    assertThat(record.errors()).isSorted();
    assertThat(record.error(8)).isLessThan(0.005);
    assertThat(record.error(2)).isEqualTo(record.errors().getLast()).isGreaterThan(0.1);
    values[7] = Float.NaN;
    assertThat(
            WeightRecord.of(2, "w", Tensor.ofFloats(Shape.of(100, 100), values), "c", 1).errors())
        .containsOnly(Double.NaN);
    assertThatThrownBy(() -> new WeightRecord(1, "w", "c", 1, 1, List.of(1.0), 1, 0))
        .hasMessage("a weight record has 4 errors, got 1");
  }
}
