package dev.swage.quant;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.testkit.TestFloats;
import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class BalancedRoundingTest {
  private static final QuantScheme INT4 = QuantScheme.symmetric(4, Granularity.perTensor());

  private static double[] errors(float[] x, int[] codes) {
    double[] errors = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      errors[i] = (double) x[i] - codes[i];
    }
    return errors;
  }

  private static int[] nearest(float[] x) {
    int[] codes = new int[x.length];
    for (int i = 0; i < x.length; i++) {
      codes[i] = (int) Math.clamp(Math.rint(x[i]), INT4.qmin(), INT4.qmax());
    }
    return codes;
  }

  @Test
  void errorsSumToHalfAStepAtMostAndNoCodeMovesByMoreThanOne() {
    for (int size : new int[] {1, 2, 7, 32, 500}) {
      for (int seed = 0; seed < 20; seed++) {
        float[] x = TestFloats.gaussian(size, 2, seed);
        for (int i = 0; i < size; i++) {
          x[i] = Math.clamp(x[i], -7f, 6f);
        }
        int[] before = nearest(x);
        int[] codes = before.clone();
        double[] errors = errors(x, codes);
        BalancedRounding.balance(codes, errors, INT4);
        assertThat(errors).containsExactly(errors(x, codes), Offset.offset(1e-12));
        assertThat(Math.abs(Arrays.stream(errors).sum())).isLessThanOrEqualTo(0.5 + 1e-9);
        for (int i = 0; i < size; i++) {
          assertThat(Math.abs(codes[i] - before[i])).isLessThanOrEqualTo(1);
          assertThat(Math.abs(errors[i])).isLessThanOrEqualTo(1);
        }
      }
    }
  }

  @Test
  void theElementsNearestToTheMiddleMove() {
    float[] x = {0.4f, 0.45f, 0.1f, 0.3f};
    int[] codes = nearest(x);
    BalancedRounding.balance(codes, errors(x, codes), INT4);
    assertThat(codes).containsExactly(0, 1, 0, 0);
  }

  @Test
  void codesAtTheEndOfTheRangeStay() {
    float[] x = {7.9f, 7.8f, 7.7f};
    int[] codes = nearest(x);
    BalancedRounding.balance(codes, errors(x, codes), INT4);
    assertThat(codes).containsExactly(7, 7, 7);
  }
}
