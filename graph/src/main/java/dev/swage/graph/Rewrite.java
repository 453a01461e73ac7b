package dev.swage.graph;

import java.util.List;

/**
 * One change made to a graph.
 *
 * @param nodes the nodes changed, merged or removed, as errors name them
 * @param tensors the weights or values this concerned, by name
 * @param detail what exactly, where kind and names do not say it; may be empty
 */
public record Rewrite(RewriteKind kind, List<String> nodes, List<String> tensors, String detail) {
  public Rewrite {
    nodes = List.copyOf(nodes);
    tensors = List.copyOf(tensors);
  }
}
