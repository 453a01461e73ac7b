package dev.swage.onnx;

import java.util.HashSet;
import java.util.Set;

/** Hands out names that no value or node of a graph or its sub-graphs has, each once. */
public final class FreshNames {
  private final Set<String> taken = new HashSet<>();

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

  /** {@code wish} if it is free, else the first free one of {@code wish_2}, {@code wish_3}, … */
  public String next(String wish) {
    String name = wish;
    for (int i = 2; !taken.add(name); i++) {
      name = wish + "_" + i;
    }
    return name;
  }
}
