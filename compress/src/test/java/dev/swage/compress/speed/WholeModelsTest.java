package dev.swage.compress.speed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class WholeModelsTest {
  private static Candidate candidate(long quantized) {
    return new Candidate("", quantized, 0, 0);
  }

  private static int best(List<List<Double>> rounds, long... quantized) {
    List<Candidate> candidates =
        Arrays.stream(quantized).mapToObj(WholeModelsTest::candidate).toList();
    return ChoiceSearch.best(candidates, new WholeModels(rounds));
  }

  @Test
  void decileIsNearestRank() {
    WholeModels whole = new WholeModels(List.of(List.of(8.0, 1.0, 2.0, 4.0, 3.0, 7.0, 6.0, 5.0)));
    assertThat(whole.millis(0)).isEqualTo(1);
    assertThat(whole.median(0)).isEqualTo(4);
  }

  @Test
  void fastestWins() {
    assertThat(best(List.of(List.of(3.0, 3.0), List.of(2.0, 2.0)), 9, 1)).isEqualTo(1);
  }

  @Test
  void withinTheNoiseMoreCodesWin() {
    List<Double> fast = List.of(2.0, 2.1, 2.2, 2.3);
    assertThat(best(List.of(fast, List.of(2.05, 2.06, 2.07, 2.08)), 1, 9)).isEqualTo(1);
    assertThat(best(List.of(fast, List.of(2.05, 2.06, 2.07, 2.08)), 9, 1)).isZero();
    // Steady times tell such a difference apart.
    assertThat(best(List.of(List.of(2.0, 2.0), List.of(2.05, 2.05)), 1, 9)).isZero();
  }

  @Test
  void unsteadyTimesExcuseLittle() {
    List<Double> unsteady = List.of(2.0, 4.0, 6.0, 8.0);
    assertThat(best(List.of(unsteady, List.of(3.0, 3.0, 3.0, 3.0)), 1, 9)).isZero();
  }
}
