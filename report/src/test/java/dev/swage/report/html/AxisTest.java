package dev.swage.report.html;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AxisTest {
  @ParameterizedTest
  @CsvSource({"0,1", "0.5,0.9", "0.001,7", "1e-7,3e4", "5,5", "0,0", "-3,2", "1e-300,1e300"})
  void every_value_lies_within_the_ends_and_marks_are_few_and_distinct(double low, double high) {
    Axis axis = Axis.fit(DoubleStream.of(low, high), 5);
    assertThat(axis.high()).isGreaterThanOrEqualTo(high * (high > 0 ? 1 - 1e-9 : 1));
    assertThat(axis.position(high)).isBetween(0.0, 1.0);
    assertThat(axis.ticks()).hasSizeBetween(2, 9);
    assertThat(axis.ticks().stream().map(Axis.Tick::label)).doesNotHaveDuplicates();
    assertThat(axis.ticks().stream().map(t -> axis.position(t.value()))).isSorted();
  }

  @Test
  void wide_ranges_are_logarithmic_and_their_middle_is_the_geometric_one() {
    Axis axis = Axis.fit(DoubleStream.of(0.01, 1), 5);
    assertThat(axis.logarithmic()).isTrue();
    assertThat(axis.position(0.1)).isCloseTo(0.5, within(1e-12));
    assertThat(axis.position(0)).isZero();
    assertThat(axis.ticks().stream().map(Axis.Tick::label)).containsExactly("0.01", "0.1", "1");
  }

  @Test
  void narrow_ranges_start_at_zero_with_round_marks() {
    Axis axis = Axis.fit(DoubleStream.of(0.31, 0.62), 5);
    assertThat(axis.logarithmic()).isFalse();
    assertThat(axis.ticks().stream().map(Axis.Tick::label))
        .containsExactly("0.0", "0.2", "0.4", "0.6", "0.8");
  }

  @Test
  void whole_numbers_are_marked_for_epochs() {
    assertThat(Axis.whole(1, 3, 6).ticks().stream().map(Axis.Tick::label))
        .containsExactly("1", "2", "3");
  }
}
