package dev.swage.compress.search;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How far down each ladder is.
 *
 * @param below levels of the ladders that are not at their first rung, by name
 */
record Levels(SortedMap<String, Integer> below) {
  private static final Levels TOP = new Levels(new TreeMap<>());

  Levels {
    below = Collections.unmodifiableSortedMap(new TreeMap<>(below));
  }

  /** Every ladder at its first rung. */
  static Levels top() {
    return TOP;
  }

  int of(Ladder ladder) {
    return below.getOrDefault(ladder.name(), 0);
  }

  Levels with(Ladder ladder, int level) {
    TreeMap<String, Integer> other = new TreeMap<>(below);
    if (level == 0) {
      other.remove(ladder.name());
    } else {
      other.put(ladder.name(), level);
    }
    return new Levels(other);
  }

  /** The ways of those that are not at their first rung, in words. */
  Map<String, String> ways(List<Ladder> ladders) {
    Map<String, String> ways = new LinkedHashMap<>();
    for (Ladder ladder : ladders) {
      if (of(ladder) > 0) {
        ways.put(ladder.name(), ladder.rung(of(ladder)).label());
      }
    }
    return ways;
  }

  /** The levels that these ways stand for. */
  static Levels of(List<Ladder> ladders, Map<String, String> ways) {
    Levels levels = top();
    for (Ladder ladder : ladders) {
      String way = ways.get(ladder.name());
      if (way != null) {
        levels = levels.with(ladder, ladder.level(way));
      }
    }
    return levels;
  }

  double cost(List<Ladder> ladders) {
    return ladders.stream().mapToDouble(ladder -> ladder.rung(of(ladder)).cost()).sum();
  }
}
