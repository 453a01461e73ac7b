package dev.swage.compress.search;

import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * The best trades between noise and cost, if the noise of the nodes adds up: each price of noise
 * has the levels that make {@code cost + price · noise} least, ladder by ladder. The higher the
 * price, the lower the rungs. What a rung loses is measured when it is first considered.
 */
final class Frontier {
  private final Measurements measurements;
  private final List<Ladder> ladders;

  Frontier(Measurements measurements) {
    this.measurements = measurements;
    this.ladders = measurements.ladders();
  }

  /** The levels at a price. */
  Levels at(double price) {
    Levels levels = Levels.top();
    for (Ladder ladder : ladders) {
      levels = levels.with(ladder, level(ladder, price));
    }
    return levels;
  }

  /** A rung that was not measured might lose nothing: it is measured if it were best then. */
  private int level(Ladder ladder, double price) {
    while (true) {
      int best = 0;
      for (int level = 1; level <= ladder.last(); level++) {
        if (total(ladder, level, price) < total(ladder, best, price)) {
          best = level;
        }
      }
      if (measurements.knows(ladder, best)) {
        return best;
      }
      measurements.sensitivity(ladder, best);
    }
  }

  private double total(Ladder ladder, int level, double price) {
    double noise = noise(ladder, level);
    return ladder.rung(level).cost() + (noise == 0 ? 0 : price * noise);
  }

  private double noise(Ladder ladder, int level) {
    return measurements.knows(ladder, level) ? measurements.sensitivity(ladder, level).noise() : 0;
  }

  /** The sum of what the nodes lose. */
  double noise(Levels levels) {
    return ladders.stream().mapToDouble(ladder -> noise(ladder, levels.of(ladder))).sum();
  }

  /** Prices between which levels change, as far as is known, lowest first. */
  NavigableSet<Double> prices() {
    TreeSet<Double> turns = new TreeSet<>();
    for (Ladder ladder : ladders) {
      for (int high = 0; high < ladder.last(); high++) {
        for (int low = high + 1; low <= ladder.last(); low++) {
          double saved = noise(ladder, high) - noise(ladder, low);
          double cost = ladder.rung(low).cost() - ladder.rung(high).cost();
          if (saved > 0 && Double.isFinite(saved)) {
            turns.add(Math.max(cost, Double.MIN_NORMAL) / saved);
          }
        }
      }
    }
    NavigableSet<Double> prices = new TreeSet<>();
    Double last = null;
    for (Double turn : turns) {
      if (last == null) {
        prices.add(turn / 2);
      } else if (turn > last * (1 + 1e-12)) {
        prices.add(Math.sqrt(last) * Math.sqrt(turn));
      }
      last = turn;
    }
    if (last != null) {
      prices.add(2 * last);
    }
    return prices;
  }
}
