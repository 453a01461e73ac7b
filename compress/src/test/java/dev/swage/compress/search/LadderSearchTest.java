package dev.swage.compress.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.search.Ladder.Rung;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ladders of several ways, whose noise adds up. */
class LadderSearchTest {
  private static final List<NodeChoice> CHOICES =
      List.of(
          new NodeChoice.Static(List.of()),
          new NodeChoice.Dynamic(List.of()),
          new NodeChoice.WeightOnly(List.of()),
          new Keep(KeepReason.TOO_SENSITIVE));

  /** Six nodes of different sizes; some lose as much dynamically as statically, some do not. */
  private static final class Problem implements SearchProblem {
    private final List<Ladder> ladders = new ArrayList<>();
    private final double[][] noise = new double[6][4];

    Problem(long seed) {
      RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
      for (int i = 0; i < noise.length; i++) {
        double size = 1 + 9 * random.nextDouble();
        noise[i][0] = Math.pow(10, -1 - 3 * random.nextDouble());
        noise[i][1] = noise[i][0] * (random.nextBoolean() ? 1.2 : 0.02);
        noise[i][2] = noise[i][0] / 1000;
        List<Rung> rungs = new ArrayList<>();
        for (int level = 0; level < 4; level++) {
          Map<String, NodeChoice> choices =
              level == 0 ? Map.of() : Map.of("n" + i, CHOICES.get(level));
          double cost = size * List.of(0.3, 0.4, 0.9, 1.0).get(level);
          rungs.add(new Rung(CHOICES.get(level).label(), choices, cost, level == 3));
        }
        ladders.add(new Ladder("n" + i, rungs));
      }
    }

    @Override
    public SearchKey key() {
      return new SearchKey("a", "b", "c");
    }

    @Override
    public List<Ladder> ladders() {
      return ladders;
    }

    @Override
    public double sensitivity(Ladder ladder, int level) {
      return -10 * Math.log10(noise[ladders.indexOf(ladder)][level]);
    }

    @Override
    public Score evaluate(Assignment given) {
      int[] levels = new int[noise.length];
      for (int i = 0; i < levels.length; i++) {
        String way = given.choice("n" + i).map(NodeChoice::label).orElse("static");
        levels[i] = ladders.get(i).level(way);
      }
      return new Score(decibels(levels), OptionalDouble.empty(), 0);
    }

    double decibels(int[] levels) {
      double sum = 0;
      for (int i = 0; i < levels.length; i++) {
        sum += noise[i][levels[i]];
      }
      return -10 * Math.log10(sum);
    }

    double cost(int[] levels) {
      double cost = 0;
      for (int i = 0; i < levels.length; i++) {
        cost += ladders.get(i).rung(levels[i]).cost();
      }
      return cost;
    }

    /** By trying all 4⁶. */
    double leastCost(double bound) {
      double least = Double.POSITIVE_INFINITY;
      for (int code = 0; code < 1 << (2 * noise.length); code++) {
        int[] levels = new int[noise.length];
        for (int i = 0; i < levels.length; i++) {
          levels[i] = (code >> (2 * i)) & 3;
        }
        if (decibels(levels) >= bound) {
          least = Math.min(least, cost(levels));
        }
      }
      return least;
    }
  }

  private static int[] levels(Problem problem, SearchResult result) {
    int[] levels = new int[problem.ladders.size()];
    Levels found = Levels.of(problem.ladders, result.best().ways());
    for (int i = 0; i < levels.length; i++) {
      levels[i] = found.of(problem.ladders.get(i));
    }
    return levels;
  }

  @ParameterizedTest
  @CsvSource({"1, 18", "2, 22", "3, 26", "4, 30", "5, 34", "6, 40", "7, 24", "8, 28"})
  void findsNearlyTheCheapestWaysThatKeepTheBound(long seed, double bound) {
    Problem problem = new Problem(seed);
    SearchResult result = BoundSearch.of(problem, Bounds.minSqnr(bound)).run();
    assertThat(result.met()).isTrue();
    assertThat(result.finished()).isTrue();
    int[] levels = levels(problem, result);
    assertThat(problem.decibels(levels)).isGreaterThanOrEqualTo(bound);
    assertThat(problem.cost(levels)).isLessThan(1.15 * problem.leastCost(bound));
    result
        .given()
        .reasons()
        .values()
        .forEach(reason -> assertThat(reason.reason()).isEqualTo(KeepReason.TOO_SENSITIVE));
  }

  /** What loses as much on the next rung as on its own goes on to the one after it. */
  @Test
  void rungsThatHelpNothingAreLeftOut() {
    for (long seed = 1; seed < 20; seed++) {
      Problem problem = new Problem(seed);
      SearchResult result = BoundSearch.of(problem, Bounds.minSqnr(30)).run();
      int[] levels = levels(problem, result);
      for (int i = 0; i < levels.length; i++) {
        if (problem.noise[i][1] > problem.noise[i][0]) {
          assertThat(levels[i]).as("n%d of %d", i, seed).isNotEqualTo(1);
        }
      }
    }
  }

  @Test
  void aLadderHasSomewhereToGoAndNoWayTwice() {
    Rung floats = new Rung("keep", Map.of(), 1, true);
    assertThatThrownBy(() -> new Ladder("n", List.of(floats))).hasMessage("'n' has nowhere to go");
    assertThatThrownBy(() -> new Ladder("n", List.of(floats, floats)))
        .hasMessageStartingWith("'n' has a way twice: ");
  }
}
