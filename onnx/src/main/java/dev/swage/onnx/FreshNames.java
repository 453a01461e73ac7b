package dev.swage.onnx;

import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;

/** Hands out names that no value or node of a graph or its sub-graphs has, each once. */
public final class FreshNames {
  private static final int LONGEST = 32;

  private final Set<String> taken = new HashSet<>();

  /** The last number that was tried for a wish. */
  private final Map<String, Integer> numbers = new HashMap<>();

  private FreshNames() {}

  public static FreshNames of(Graph graph) {
    FreshNames names = new FreshNames();
    graph.walk(names::take);
    return names;
  }

  private void take(Graph graph) {
    taken.addAll(graph.initializers().keySet());
    taken.addAll(graph.opaqueInitializers());
    graph.inputs().forEach(value -> taken.add(value.name()));
    graph.outputs().forEach(value -> taken.add(value.name()));
    graph.valueInfos().forEach(value -> taken.add(value.name()));
    for (Node node : graph.nodes()) {
      taken.add(node.name());
      taken.addAll(node.inputs());
      taken.addAll(node.outputs());
    }
  }

  /**
   * A name for something that is added to a graph, by what it belongs to: names of exporters are
   * long, and each stands in a file several times. As {@link #next}, of the {@linkplain #brief
   * brief} wish.
   */
  public String added(String wish) {
    return next(brief(wish));
  }

  /**
   * A wish of at most {@value #LONGEST} characters as it is; of a longer one, 8 digits that stand
   * for it, which are always the same, and its last word: {@code 1c9f6b2e_scale}.
   */
  public static String brief(String wish) {
    int word = wish.lastIndexOf('_');
    if (wish.length() <= LONGEST || word < 0 || wish.length() - word > LONGEST / 2) {
      return wish;
    }
    return HexFormat.of().toHexDigits(wish.substring(0, word).hashCode()) + wish.substring(word);
  }

  /** {@code wish} if it is free, else the first free one of {@code wish_2}, {@code wish_3}, … */
  public String next(String wish) {
    String name = wish;
    while (!taken.add(name)) {
      // Numbers below are taken, and stay so.
      name = wish + "_" + numbers.merge(wish, 2, (last, first) -> last + 1);
    }
    return name;
  }
}
