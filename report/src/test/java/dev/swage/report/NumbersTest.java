package dev.swage.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumbersTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "999, 999 B",
    "1000, 1.00 kB",
    "12345, 12.3 kB",
    "999499, 999 kB",
    "999500, 1.00 MB",
    "1664000, 1.66 MB",
    "5000000000, 5.00 GB"
  })
  void bytes_have_three_digits(long bytes, String text) {
    assertThat(Numbers.bytes(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1.00",
    "9.999, 10.0",
    "0.0012345, 0.00123",
    "0.99951, 1.00",
    "1234567, '1,234,567'",
    "0.00001234, 1.23e−5",
    "-0.5, −0.500",
    "123456789, 1.23e8",
    "-Infinity, −∞",
    "NaN, –"
  })
  void significant_digits_are_kept_at_every_magnitude(double value, String text) {
    assertThat(Numbers.significant(value, 3)).isEqualTo(text);
  }

  @Test
  void points_carry_their_sign_and_zero_has_none() {
    assertThat(Numbers.points(0.0012)).isEqualTo("+0.12");
    assertThat(Numbers.points(-0.0012)).isEqualTo("−0.12");
    assertThat(Numbers.points(-0.00001)).isEqualTo("0.00");
    assertThat(Numbers.points(0.00001)).isEqualTo("0.00");
  }

  @ParameterizedTest
  @CsvSource({"0.5, 0.5", "1, 1", "100, 100", "0.01, 0.01", "12.34567, 12.35", "Infinity, ∞"})
  void typed_values_are_shown_as_typed(double value, String text) {
    assertThat(Numbers.trimmed(value, 4)).isEqualTo(text);
  }

  @Test
  void percent_and_ratio() {
    assertThat(Numbers.percent(0.989, 1)).isEqualTo("98.9 %");
    assertThat(Numbers.ratio(0.2655)).isEqualTo("0.27×");
    assertThat(Numbers.ratio(1234.5)).isEqualTo("1,235×");
  }
}
