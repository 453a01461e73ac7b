package dev.swage.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RecoveryTest {
  @Test
  void theLossIsBackWhenTenStepsAre() {
    double[] losses = new double[300];
    Arrays.fill(losses, 1);
    losses[200] = 500;
    assertThat(Recovery.after(losses, 200)).hasValue(1);
    Arrays.fill(losses, 201, 231, 3);
    // Ten steps with a mean of at most 1.1 hold none of 3.
    assertThat(Recovery.after(losses, 200)).hasValue(31);
    Arrays.fill(losses, 201, 300, 1.2);
    assertThat(Recovery.after(losses, 200)).isEmpty();
  }

  @Test
  void aRunThatEndedBeforeHasNotRecovered() {
    assertThat(Recovery.after(new double[] {1, 1}, 5)).isEmpty();
    assertThat(Recovery.after(new double[] {1, Double.NaN, Double.NaN}, 1)).isEmpty();
  }
}
