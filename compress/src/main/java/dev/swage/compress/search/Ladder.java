package dev.swage.compress.search;

import dev.swage.compress.plan.NodeChoice;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The ways that a node can go, cheapest first and floating point last: where it loses too much on
 * one rung it goes to a lower one. Nodes that share a weight which has to be in the same codes for
 * all of them go together.
 *
 * @param name of the first of the nodes
 * @param rungs at least two; the first is where a search begins
 */
public record Ladder(String name, List<Rung> rungs) {
  public Ladder {
    rungs = List.copyOf(rungs);
    if (rungs.size() < 2) {
      throw new IllegalArgumentException("'%s' has nowhere to go".formatted(name));
    }
    if (rungs.stream().map(Rung::label).distinct().count() < rungs.size()) {
      throw new IllegalArgumentException("'%s' has a way twice: %s".formatted(name, rungs));
    }
  }

  /**
   * One way.
   *
   * @param label the way in words, as {@code dynamic int8 per-channel}; unlike those of the others
   * @param choices what is decided of the nodes; none where the planner's own choice stands
   * @param cost what the way costs under the goal, in a unit that all ladders share: bytes, or time
   * @param exact whether nothing is lost on it
   */
  public record Rung(String label, Map<String, NodeChoice> choices, double cost, boolean exact) {
    public Rung {
      choices = Collections.unmodifiableMap(new LinkedHashMap<>(choices));
    }
  }

  int last() {
    return rungs.size() - 1;
  }

  Rung rung(int level) {
    return rungs.get(level);
  }

  /** The level of a way by its label; −1 where it has none such. */
  int level(String label) {
    for (int level = 0; level < rungs.size(); level++) {
      if (rungs.get(level).label().equals(label)) {
        return level;
      }
    }
    return -1;
  }
}
