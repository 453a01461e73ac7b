package dev.swage.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NormMapTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 127, 128, 129, 256, 257, 1000, 5000})
  void aColumnHoldsTheLargestOfItsSteps(int steps) {
    SplittableRandom random = new SplittableRandom(2);
    double[][] norms = new double[steps][2];
    NormMap map = new NormMap(List.of("a", "b"));
    for (double[] step : norms) {
      step[0] = random.nextDouble();
      step[1] = random.nextInt(50) == 0 ? Double.NaN : 10 * random.nextDouble();
      map.add(step);
    }
    int wide = (int) map.stepsPerColumn();
    List<Double> b = map.rows().getOrDefault("b", List.of());
    assertThat(b).hasSizeLessThanOrEqualTo(NormMap.COLUMNS).hasSize(Math.ceilDiv(steps, wide));
    assertThat(steps <= NormMap.COLUMNS || b.size() >= NormMap.COLUMNS / 2).isTrue();
    for (int c = 0; c < b.size(); c++) {
      double expected = 0;
      for (int i = c * wide; i < Math.min(steps, (c + 1) * wide); i++) {
        expected = Double.isNaN(norms[i][1]) ? expected : Math.max(expected, norms[i][1]);
      }
      assertThat(b.get(c)).isEqualTo(expected);
    }
  }

  @Test
  void aRestoredMapGoesOnAsTheFirst() {
    NormMap whole = new NormMap(List.of("a"));
    NormMap first = new NormMap(List.of("a"));
    for (int i = 0; i < 300; i++) {
      whole.add(i);
      first.add(i);
    }
    NormMap second = new NormMap(List.of("a"));
    second.restore(first.state());
    for (int i = 300; i < 900; i++) {
      whole.add(i % 7);
      second.add(i % 7);
    }
    assertThat(second.rows()).isEqualTo(whole.rows());
    assertThat(second.steps()).isEqualTo(900);
    assertThatThrownBy(() -> new NormMap(List.of("a", "b")).restore(first.state()))
        .hasMessage("norm map: 2 parameters need 258 numbers, got 130");
  }
}
