package dev.swage.run.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PairedRatioTest {
  @Test
  void ratiosAreThoseOfPairs() {
    assertThat(PairedRatio.of(new long[] {20, 400, 30}, new long[] {10, 200, 15}))
        .isEqualTo(2, within(1e-12));
    assertThat(PairedRatio.of(new long[] {1, 4}, new long[] {1, 1})).isEqualTo(2);
  }

  /** Half of the time the machine is ten times as slow; medians fall on either side of that. */
  @Test
  void whatSlowsBothRunsOfAPairDoesNotCount() {
    long[] first = {20, 20, 20, 20, 200, 200, 200, 200};
    long[] second = {10, 10, 10, 10, 15, 100, 100, 100};
    assertThat(PairedRatio.of(first, second)).isEqualTo(2, within(1e-12));
  }

  @Test
  void turnedRoundItIsTheInverse() {
    double[] first = {3, 8, 5, 9};
    double[] second = {2, 7, 1, 4};
    assertThat(PairedRatio.of(second, first))
        .isEqualTo(1 / PairedRatio.of(first, second), within(1e-12));
  }

  @Test
  void timesComeInPairs() {
    assertThatThrownBy(() -> PairedRatio.of(new double[2], new double[3]))
        .hasMessage("paired ratios need as many times of both, got 2 and 3");
    assertThatThrownBy(() -> PairedRatio.of(new double[0], new double[0]))
        .hasMessage("paired ratios need as many times of both, got 0 and 0");
  }
}
