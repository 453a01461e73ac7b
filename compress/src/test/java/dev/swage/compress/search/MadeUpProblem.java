package dev.swage.compress.search;

import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.search.Ladder.Rung;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Nodes whose noise adds up, or that are worth less together than each for itself. */
final class MadeUpProblem implements SearchProblem {
  private final List<String> nodes = new ArrayList<>();
  private final double[] noise;
  private final double together;
  private final double floor;
  private final SearchKey key;

  /** Every measurement that was made, in order. */
  final List<String> measured = new ArrayList<>();

  /**
   * @param together noise of two neighbours that are both quantized, in shares of their own
   * @param floor noise that stays with everything in floating point
   */
  MadeUpProblem(long seed, int count, double together, double floor) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    noise = new double[count];
    for (int i = 0; i < count; i++) {
      nodes.add("n" + i);
      noise[i] = Math.pow(10, -2 - 3 * random.nextDouble());
    }
    this.together = together;
    this.floor = floor;
    this.key = new SearchKey("a" + seed, "b" + count, "made up");
  }

  @Override
  public SearchKey key() {
    return key;
  }

  @Override
  public List<Ladder> ladders() {
    return nodes.stream().map(MadeUpProblem::ladder).toList();
  }

  private static Ladder ladder(String node) {
    Rung codes = new Rung("static", Map.of(), 1, false);
    Rung floats = new Rung("keep", Map.of(node, new Keep(KeepReason.TOO_SENSITIVE)), 2, true);
    return new Ladder(node, List.of(codes, floats));
  }

  @Override
  public double sensitivity(Ladder ladder, int level) {
    measured.add(ladder.name());
    return -10 * Math.log10(floor + noise[nodes.indexOf(ladder.name())]);
  }

  @Override
  public Score evaluate(Assignment given) {
    Set<String> kept = given.kept().keySet();
    measured.add(kept.stream().sorted().toList().toString());
    return score(kept);
  }

  Score score(Set<String> kept) {
    double sum = floor;
    for (int i = 0; i < noise.length; i++) {
      if (!kept.contains(nodes.get(i))) {
        sum += noise[i];
        if (i > 0 && !kept.contains(nodes.get(i - 1))) {
          sum += together * Math.min(noise[i], noise[i - 1]);
        }
      }
    }
    double decibels = sum == 0 ? Double.POSITIVE_INFINITY : -10 * Math.log10(sum);
    return new Score(decibels, OptionalDouble.of(sum / 10), nodes.size() - kept.size());
  }

  /** The least number of nodes to keep in floats, by trying all sets. */
  int fewest(Bounds bounds) {
    int fewest = Integer.MAX_VALUE;
    for (int set = 0; set < 1 << nodes.size(); set++) {
      List<String> kept = new ArrayList<>();
      for (int i = 0; i < nodes.size(); i++) {
        if ((set >> i & 1) == 1) {
          kept.add(nodes.get(i));
        }
      }
      if (kept.size() < fewest && bounds.met(score(Set.copyOf(kept)))) {
        fewest = kept.size();
      }
    }
    return fewest;
  }
}
