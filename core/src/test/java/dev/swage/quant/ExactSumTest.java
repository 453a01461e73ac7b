package dev.swage.quant;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.testkit.TestFloats;
import java.math.BigDecimal;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class ExactSumTest {
  @Test
  void equalsBigDecimalOverAllMagnitudes() {
    RandomGenerator random = TestFloats.random(1);
    for (int round = 0; round < 50; round++) {
      ExactSum sum = new ExactSum();
      ExactSum other = new ExactSum();
      BigDecimal expected = BigDecimal.ZERO;
      int spread = 1 + 40 * round;
      for (int i = 0; i < 200; i++) {
        double value = Math.scalb(random.nextGaussian(), random.nextInt(spread) - spread / 2);
        (i % 3 == 0 ? other : sum).add(value);
        expected = expected.add(new BigDecimal(value));
      }
      sum.add(other);
      assertThat(sum.value()).isEqualTo(expected.doubleValue());
    }
  }

  @Test
  void nothingIsLostBesideLargeValues() {
    ExactSum sum = new ExactSum();
    sum.add(Double.MAX_VALUE);
    sum.add(Double.MIN_VALUE);
    sum.add(-1.5);
    sum.add(-Double.MAX_VALUE);
    assertThat(sum.value()).isEqualTo(-1.5);
    sum.add(1.5);
    assertThat(sum.value()).isEqualTo(Double.MIN_VALUE);
    sum.add(-Double.MIN_VALUE);
    assertThat(sum.value()).isZero();
  }
}
