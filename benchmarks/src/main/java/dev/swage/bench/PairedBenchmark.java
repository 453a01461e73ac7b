package dev.swage.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Measures its contenders alternately: in every round each runs once, so that whatever else the
 * machine does meets all of them alike. The order turns by one from round to round, so that none
 * always follows the same other. Ratios are formed within a round.
 *
 * @param warmup rounds that are run and forgotten
 * @param rounds rounds that count
 */
public record PairedBenchmark(int warmup, int rounds) {
  public PairedBenchmark {
    if (warmup < 0 || rounds < 1) {
      throw new IllegalArgumentException(
          "warm-up must be at least 0 and rounds at least 1, got %d and %d"
              .formatted(warmup, rounds));
    }
  }

  /** Runs all rounds; sides in the contenders' order. */
  public Measured run(List<Contender> contenders) {
    List<List<Double>> millis =
        contenders.stream().map(c -> (List<Double>) new ArrayList<Double>()).toList();
    for (int round = 0; round < warmup + rounds; round++) {
      for (int i = 0; i < contenders.size(); i++) {
        int index = (i + round) % contenders.size();
        Contender contender = contenders.get(index);
        contender.prepare().run();
        double took = contender.work().run() / 1e6;
        if (round >= warmup) {
          millis.get(index).add(took);
        }
      }
    }
    return new Measured(
        IntStream.range(0, contenders.size())
            .mapToObj(i -> new Side(contenders.get(i).name(), Series.of(millis.get(i))))
            .toList());
  }

  /** One side's times in milliseconds, a value for each round. */
  public record Side(String name, Series millis) {}

  /** What the rounds gave. */
  public record Measured(List<Side> sides) {
    public Measured {
      sides = List.copyOf(sides);
    }

    public Side side(int index) {
      return sides.get(index);
    }

    /** Which of these sides has the smallest median. */
    public int fastest(int... candidates) {
      return IntStream.of(candidates)
          .boxed()
          .min(Comparator.comparingDouble(i -> sides.get(i).millis().median()))
          .orElseThrow();
    }

    /** How many times faster {@code ours} is than {@code theirs}, round by round. */
    public Series speedup(int ours, int theirs) {
      List<Double> mine = sides.get(ours).millis().values();
      List<Double> other = sides.get(theirs).millis().values();
      return Series.of(
          IntStream.range(0, mine.size()).mapToObj(i -> other.get(i) / mine.get(i)).toList());
    }
  }
}
