package dev.swage.compress.planner;

import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.NodeChoice.Keep;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What a person excluded, in the prepared graph.
 *
 * @param nodes that stay in floating point, by their planned names
 * @param weights that stay as they are, by their keys
 * @param readers of these weights, by their planned names
 */
public record Excluded(Set<String> nodes, Set<String> weights, Set<String> readers) {
  public Excluded {
    nodes = Set.copyOf(nodes);
    weights = Set.copyOf(weights);
    readers = Set.copyOf(readers);
  }

  /** Nothing. */
  public static Excluded none() {
    return new Excluded(Set.of(), Set.of(), Set.of());
  }

  /** The excluded nodes. */
  Assignment nodesKept() {
    return kept(nodes);
  }

  /** The excluded nodes, and those that read an excluded weight. */
  Assignment nodesAndReadersKept() {
    return kept(nodes).or(kept(readers));
  }

  private static Assignment kept(Set<String> names) {
    Map<String, Keep> kept = new LinkedHashMap<>();
    names.stream().sorted().forEach(name -> kept.put(name, new Keep(KeepReason.EXCLUDED)));
    return Assignment.keeping(kept);
  }
}
